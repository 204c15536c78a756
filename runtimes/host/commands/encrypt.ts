/** `grid encrypt`: content that nobody reads but those it is for. */
import { COSE_LIMITS } from '../../../kernel/index.ts'
import { HostError } from '../host-error.ts'
import { acceptHandout, readHandout } from '../key-handout.ts'
import { exitOfRefusal } from '../terminal/exit-code.ts'
import { readInput } from '../terminal/read-input.ts'
import { textOf } from '../terminal/safe-text.ts'
import { bytes, count } from '../terminal/units.ts'
import { KEY_SET_MISSING } from './known-keys.ts'
import { isPrincipalText, principalNamed } from './named.ts'
import { several } from './options.ts'
import { sealedReport } from './sealed-report.ts'
import { withHost } from './session.ts'
import type { Command } from 'commander'
import type { Principal, Refusal, RefusalCode, Result } from '../../../kernel/index.ts'
import type { Host } from '../create-host.ts'
import type { Report } from '../terminal/report.ts'
import type { Act, Session } from './session.ts'

interface EncryptFlags {
  readonly to: readonly string[]
  readonly out?: string
}

const STATEMENT_BYTES_MAX = 64 * 1024

const FIX: Partial<Record<RefusalCode, string>> = {
  CHAIN: 'ask its owner which keys are in use; somebody else is named with --to PRINCIPAL',
  EARLY: 'set the clock that is wrong, here or where it was signed',
  GRID: 'a statement is for one grid: ask for one that was made in this one',
  KEY: 'name every recipient once',
  MISSING: KEY_SET_MISSING,
}

const MORE = `
Examples:
  grid encrypt --to alice letter.txt --out letter.sealed
  tar c photos | grid encrypt --to alice --to bob.keys > photos.sealed

Who it is for must have said which key to use, by \`grid id announce\`. It does not say who encrypted
it: sign the message that carries it.`

export function addEncrypt(grid: Command, act: Act): void {
  grid
    .command('encrypt')
    .description(
      `encrypt at most ${bytes(COSE_LIMITS.detachedBytes)} so that only its recipients can read it`,
    )
    .argument('[file]', 'what to encrypt; standard input without it', '-')
    .requiredOption(
      '--to <who>',
      'a name or principal whose key statement is known here, or a file with one; may be repeated',
      several,
    )
    .option('-o, --out <file>', 'write it there; - for standard output, also where that is a screen')
    .addHelpText('after', MORE)
    .action((file: string, flags: EncryptFlags) => act((session) => encrypt(session, file, flags)))
}

async function encrypt(session: Session, file: string, { to, out }: EncryptFlags): Promise<Report> {
  if (out === undefined && session.terminal.isScreen && !session.terminal.json)
    throw new HostError('USAGE', 'encrypted content is no text, and standard output is a screen', {
      fix: 'name a file with --out, or pipe it on; --out - writes it to the screen',
    })
  const content = await readInput(session.path(file), {
    bytesMax: COSE_LIMITS.detachedBytes,
    mayBeEmpty: true,
    as: 'content to encrypt',
  })
  return withHost(session, async (host) => {
    const recipients: Principal[] = []
    for (const each of to) {
      const recipient = await recipientNamed(session, host, each)
      if (recipient.refused !== undefined) return refusedReport(recipient.refused)
      recipients.push(recipient.ok)
    }
    const sealed = await host.encryptFor(recipients, content)
    if (sealed.refused !== undefined) return refusedReport(sealed.refused)
    const line = `encrypted to ${recipients.join(', ')}: ${count(sealed.ok.length)} bytes`
    return sealedReport(session, { to: recipients }, sealed.ok, out, line)
  })
}

/** A principal, the name of an identity here, or a file: what it states is taken in, so nothing older counts then. */
async function recipientNamed(session: Session, host: Host, text: string): Promise<Result<Principal>> {
  if (isPrincipalText(text)) {
    const found = host.keys.lookUp(text)
    // The name of a key set that is not here is a name all the same.
    return found.refused === undefined || found.refused.code === 'MISSING' ? { ok: text } : found
  }
  if ((await host.identities()).includes(text)) return { ok: await principalNamed(host, text) }
  const handout = readHandout(textOf(await statementFile(session, text)) ?? '')
  if (handout === undefined)
    throw new HostError('FILE', `${text} holds no key statement`, {
      fix: 'ask for what `grid id announce NAME --out FILE` writes',
    })
  const accepted = await acceptHandout(host, handout)
  if (accepted.refused !== undefined) return accepted
  const [issuer, another] = new Set(accepted.ok)
  if (issuer !== undefined && another === undefined) return { ok: issuer }
  throw new HostError('USAGE', `${text} has statements of ${issuer === undefined ? 'nobody' : 'several'}`, {
    fix: 'take it in with `grid id import`, and name one principal with --to',
  })
}

async function statementFile(session: Session, written: string): Promise<Uint8Array> {
  const rule = { bytesMax: STATEMENT_BYTES_MAX, as: 'a file of key statements' }
  return readInput(session.path(written), rule).catch((error: unknown) => {
    if (!(error instanceof HostError) || error.code !== 'MISSING') throw error
    throw new HostError('MISSING', `there is neither an identity nor a file ${JSON.stringify(written)}`, {
      cause: error,
      fix: '`grid id list` names the identities here; others are named by their principal, or by a file',
    })
  })
}

function refusedReport({ code, detail }: Refusal): Report {
  const fix = FIX[code]
  const failure = { exit: exitOfRefusal(code), code, message: detail, ...(fix !== undefined && { fix }) }
  return { data: {}, text: [], failure }
}
