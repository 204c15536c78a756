/** `grid decrypt`: opens what was encrypted to an identity here. */
import { COSE_LIMITS } from '../../../kernel/index.ts'
import { decryptAs } from '../content/encrypted.ts'
import { exitOfRefusal } from '../terminal/exit-code.ts'
import { readInput } from '../terminal/read-input.ts'
import { count } from '../terminal/units.ts'
import { identityHere } from './identity-facts.ts'
import { sealedReport } from './sealed-report.ts'
import { keysOf } from './session.ts'
import type { Command } from 'commander'
import type { RefusalCode } from '../../../kernel/index.ts'
import type { Report } from '../terminal/report.ts'
import type { Act, Session } from './session.ts'

interface DecryptFlags {
  readonly as: string
  readonly out?: string
}

const ANOTHER = 'it is not what `grid encrypt` writes, or not all of it'
const FIX: Partial<Record<RefusalCode, string>> = {
  CANON: ANOTHER,
  DECODE: ANOTHER,
  SHAPE: ANOTHER,
  KEY: 'name who it was encrypted to with --as; `grid id list` names the identities here',
  SIG: 'it was changed on its way: ask for it again',
}

const MORE = `
Examples:
  grid decrypt --as alice letter.sealed
  grid decrypt --as alice photos.sealed | tar x

It needs no grid, only the key file. Nothing says who has encrypted it.`

export function addDecrypt(grid: Command, act: Act): void {
  grid
    .command('decrypt')
    .description('open what was encrypted to an identity here')
    .usage('--as <name> [options] [file]')
    .argument('[file]', 'what `grid encrypt` has written; standard input without it', '-')
    .requiredOption('--as <name>', 'the identity it was encrypted to')
    .option('-o, --out <file>', 'write it there; - for standard output as it is, also where that is a screen')
    .addHelpText('after', MORE)
    .action((file: string, flags: DecryptFlags) => act((session) => decrypt(session, file, flags)))
}

async function decrypt(session: Session, file: string, { as: name, out }: DecryptFlags): Promise<Report> {
  const keys = keysOf(session)
  const { principal } = await identityHere(keys, name)
  const sealed = await readInput(session.terminal, session.path(file), {
    bytesMax: COSE_LIMITS.sealedBytes,
    as: 'encrypted content',
  })
  const opened = await decryptAs(keys, name, sealed)
  if (opened.refused !== undefined) {
    const { code, detail } = opened.refused
    const fix = FIX[code]
    const failure = { exit: exitOfRefusal(code), code, message: detail, ...(fix !== undefined && { fix }) }
    return { data: {}, text: [], failure }
  }
  const line = `opened as ${name}: ${count(opened.ok.length)} bytes`
  return sealedReport(session, { as: principal }, opened.ok, out, line)
}
