/** `grid id import`: takes in the public keys of somebody else, so that what they sign can be verified here. */
import { LIMITS } from '../../../../kernel/index.ts'
import { acceptHandout, readHandout } from '../../keys/handout.ts'
import { exitOfRefusal } from '../../terminal/exit-code.ts'
import { columns } from '../../terminal/layout.ts'
import { readInput } from '../../terminal/read-input.ts'
import { textOf } from '../../terminal/safe-text.ts'
import { algorithmsText } from '../identity-facts.ts'
import { KEY_SET_MISSING } from '../known/keys.ts'
import { withHost } from '../session.ts'
import type { Command } from 'commander'
import type { Host } from '../../interface.ts'
import type { Principal, Result } from '../../../../kernel/index.ts'
import type { Report } from '../../terminal/report.ts'
import type { Act, Session } from '../session.ts'

/** What one rotation hands on: two key sets and two statements, as text. */
const FILE_BYTES_MAX = 8 * LIMITS.tokenBytes

export function addIdImport(id: Command, act: Act): void {
  id.command('import')
    .description('take in the public keys of somebody, and what they say about them')
    .argument('<file>', 'what `grid id export`, `announce` or `rotate` has written; - for standard input')
    .addHelpText('after', '\nExample:\n  grid id import phone.keyset')
    .action((file: string) => act((session) => importPublic(session, file)))
}

async function importPublic(session: Session, file: string): Promise<Report> {
  const content = await readInput(session.terminal, session.path(file), {
    bytesMax: FILE_BYTES_MAX,
    as: 'a file of keys',
  })
  return withHost(session, async (host) => {
    const taken = await takeIn(host, content)
    if (taken.refused !== undefined) {
      const { code, detail } = taken.refused
      const fix = code === 'MISSING' ? { fix: KEY_SET_MISSING } : {}
      return { data: {}, text: [], failure: { exit: exitOfRefusal(code), code, message: detail, ...fix } }
    }
    return {
      data: taken.ok,
      text: columns(Object.entries(taken.ok).map(([name, value]) => [name, String(value)])),
    }
  })
}

/** By what the bytes are: the text of a did:key or of statements, else the block of a key set. */
async function takeIn(host: Host, content: Uint8Array): Promise<Result<object>> {
  const text = textOf(content)?.trim() ?? ''
  const handout = readHandout(text)
  if (handout !== undefined) {
    const accepted = await acceptHandout(host, handout)
    return accepted.refused === undefined
      ? { ok: { statements: accepted.ok.length, of: accepted.ok } }
      : accepted
  }
  if (text.startsWith('did:')) return factsOf(host, text)
  const admitted = await host.admitKeySet(content)
  return admitted.refused === undefined ? factsOf(host, admitted.ok) : admitted
}

function factsOf(host: Host, principal: Principal): Result<object> {
  const found = host.keys.lookUp(principal)
  if (found.refused !== undefined) return found
  return { ok: { principal, algorithm: algorithmsText(found.ok.keys.map(({ publicKey }) => publicKey)) } }
}
