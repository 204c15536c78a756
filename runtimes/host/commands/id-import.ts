/** `grid id import`: takes in the public keys of somebody else, so that what they sign can be verified here. */
import { LIMITS } from '../../../kernel/index.ts'
import { HostError } from '../host-error.ts'
import { exitOfRefusal } from '../terminal/exit-code.ts'
import { columns } from '../terminal/layout.ts'
import { readInput } from '../terminal/read-input.ts'
import { textOf } from '../terminal/safe-text.ts'
import { withHost } from './session.ts'
import type { Command } from 'commander'
import type { Host } from '../create-host.ts'
import type { Principal, Result } from '../../../kernel/index.ts'
import type { Report } from '../terminal/report.ts'
import type { Act, Session } from './session.ts'

export function addIdImport(id: Command, act: Act): void {
  id.command('import')
    .description('take in the public keys of somebody, as `grid id export` writes them')
    .argument('<file>', 'a key set, or - for standard input; a did:key says its key and needs no import')
    .addHelpText('after', '\nExample:\n  grid id import phone.keyset')
    .action((file: string) => act((session) => importPublic(session, file)))
}

async function importPublic(session: Session, file: string): Promise<Report> {
  const content = await readInput(session.path(file), { bytesMax: LIMITS.keySetBytes, as: 'a key set' })
  return withHost(session, async (host) => {
    const { ok: principal, refused } = await admitted(host, content)
    if (refused !== undefined) {
      const { code, detail } = refused
      return { data: {}, text: [], failure: { exit: exitOfRefusal(code), code, message: detail } }
    }
    const keys = host.keys.lookUp(principal).ok?.keys ?? []
    const algorithm = keys.map(({ publicKey }) => publicKey.algorithm).join(' + ')
    const facts = { principal, algorithm }
    return { data: facts, text: columns(Object.entries(facts)) }
  })
}

async function admitted(host: Host, content: Uint8Array): Promise<Result<Principal>> {
  const text = textOf(content)?.trim()
  if (text === undefined || !text.startsWith('did:')) return host.admitKeySet(content)
  const key = host.keys.read(text)
  if (key.refused !== undefined) throw new HostError('FILE', key.refused.detail)
  return { ok: text }
}
