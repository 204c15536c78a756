/** `grid encrypt`: content that nobody reads but those it is for. */
import { COSE_LIMITS } from '../../../kernel/index.ts'
import { encryptToKeys } from '../content/encrypted.ts'
import { HostError } from '../host-error.ts'
import { exitOfRefusal } from '../terminal/exit-code.ts'
import { readInput } from '../terminal/read-input.ts'
import { bytes, count } from '../terminal/units.ts'
import { KEY_SET_MISSING } from './known/keys.ts'
import { several } from './options.ts'
import { recipientNamed } from './recipient.ts'
import { sealedReport } from './sealed-report.ts'
import { withHost } from './session.ts'
import type { Command } from 'commander'
import type { Refusal, RefusalCode } from '../../../kernel/index.ts'
import type { Report } from '../terminal/report.ts'
import type { Recipient } from './recipient.ts'
import type { Act, Session } from './session.ts'

interface EncryptFlags {
  readonly to: readonly string[]
  readonly otherGrid?: true
  readonly out?: string
}

const FIX: Partial<Record<RefusalCode, string>> = {
  CHAIN: 'ask its owner which keys are in use; somebody else is named with --to PRINCIPAL',
  EARLY: 'set the clock that is wrong, here or where it was signed',
  GRID: 'add --other-grid if you know that it is the newest: nobody here does',
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
    .usage('--to <who> [options] [file]')
    .argument('[file]', 'what to encrypt; standard input without it', '-')
    .requiredOption(
      '--to <who>',
      'a name or principal whose key statement is known here, or a file with one; may be repeated',
      several,
    )
    .option('--other-grid', 'take files that were made for another grid too; they are believed this once')
    .option('-o, --out <file>', 'write it there; - for standard output, also where that is a screen')
    .addHelpText('after', MORE)
    .action((file: string, flags: EncryptFlags) => act((session) => encrypt(session, file, flags)))
}

async function encrypt(session: Session, file: string, flags: EncryptFlags): Promise<Report> {
  const { to, out, otherGrid = false } = flags
  if (out === undefined && session.terminal.isScreen && !session.terminal.json)
    throw new HostError('USAGE', 'encrypted content is no text, and standard output is a screen', {
      fix: 'name a file with --out, or pipe it on; --out - writes it to the screen',
    })
  const content = await readInput(session.terminal, session.path(file), {
    bytesMax: COSE_LIMITS.detachedBytes,
    mayBeEmpty: true,
    as: 'content to encrypt',
  })
  return withHost(session, async (host) => {
    const recipients: Recipient[] = []
    for (const each of to) {
      const recipient = await recipientNamed(session, host, each, otherGrid)
      if (recipient.refused !== undefined) return refusedReport(recipient.refused)
      recipients.push(recipient.ok)
    }
    const principals = recipients.map(({ principal }) => principal)
    const sealed = encryptToKeys(
      recipients.map(({ key }) => key),
      content,
    )
    if (sealed.refused !== undefined) return refusedReport(sealed.refused)
    const line = `encrypted to ${principals.join(', ')}: ${count(sealed.ok.length)} bytes`
    return sealedReport(session, { to: principals }, sealed.ok, out, line)
  })
}

function refusedReport({ code, detail }: Refusal): Report {
  const fix = FIX[code]
  const failure = { exit: exitOfRefusal(code), code, message: detail, ...(fix !== undefined && { fix }) }
  return { data: {}, text: [], failure }
}
