/** `grid message show` and `verify`: what is in the bytes of anything signed, and whether the signature holds. */
import { diagnose } from '../../../../promisebase/index.ts'
import { exitOfRefusal } from '../../terminal/exit-code.ts'
import { columns, indent, WIDTH } from '../../terminal/layout.ts'
import { briefNotation } from '../../terminal/notation.ts'
import { safeLine, safeLines } from '../../terminal/safe-text.ts'
import { bytes } from '../../terminal/units.ts'
import { KEY_SET_MISSING } from '../known/keys.ts'
import { inspectBytes, readBytes } from './input.ts'
import { several } from '../options.ts'
import type { Command } from 'commander'
import type { Refusal } from '../../../../kernel/index.ts'
import type { Item, Verdict } from '../../inspect/item.ts'
import type { Failure, Report } from '../../terminal/report.ts'
import type { ReadingFlags } from './input.ts'
import type { Act, Session } from '../session.ts'

interface ShowFlags extends ReadingFlags {
  readonly full?: true
}

const FILE = 'a file, - for standard input, hex:DIGITS or base64:TEXT; a file may hold either text too'

const EXAMPLES = `
Examples:
  grid message show question.message --full
  grid message show base64:2mdyaWSD2CpYJAFV… --view ed25519-map
  grid message show hex:836c677269642d72656675736564…`

export function addShow(message: Command, act: Act): void {
  withReading(message.command('show'))
    .description('what it is and says, the verdict on its signature, and its diagnostic notation')
    .option('--full', 'the whole notation; without it long strings are cut and tokens stay closed')
    .addHelpText('after', EXAMPLES)
    .action((file: string, flags: ShowFlags) => act((session) => show(session, file, flags)))
  withReading(message.command('verify'))
    .description('only whether somebody signed exactly these bytes, and who')
    .action((file: string, flags: ReadingFlags) => act((session) => verify(session, file, flags)))
}

/** What show, verify and diff are all told. */
export function withReading(command: Command, ...files: readonly string[]): Command {
  for (const name of files.length === 0 ? ['<file>'] : files) command.argument(name, FILE)
  return command
    .option(
      '--view <name>',
      'how messages of its protocol are signed: ed25519-map, cose-embedded, cose-detached',
    )
    .option(
      '--key <principal>',
      'who has signed, where the bytes do not say; may be repeated for several signatures',
      several,
    )
}

async function show(session: Session, file: string, flags: ShowFlags): Promise<Report> {
  const received = await readBytes(session, file)
  const read = await inspectBytes(session, received, flags)
  const notation = diagnose(received, { embedded: true, width: WIDTH - 4 })
  const brief = flags.full === true ? undefined : briefNotation(received)
  const lines = ['', ...(brief ?? safeLines(notation).split('\n'))]
  if (read.refused !== undefined)
    return {
      data: { bytes: received.length, notation, signature: read.refused },
      text: [...columns([['bytes', bytes(received.length)]]), ...lines],
      failure: failureOf(read.refused),
    }
  const { kind, says, id, rows, facts, verdict } = read.ok
  return {
    data: {
      kind,
      ...(id === undefined ? {} : { id }),
      bytes: received.length,
      ...facts,
      signature: signatureFact(verdict),
      notation,
    },
    text: [
      ...columns([
        ['signature', verdictLine(verdict)],
        ['is', says],
        ['bytes', bytes(received.length)],
        ...(id === undefined ? [] : [['id', id]]),
        ...signerRow(read.ok),
        ...rows.map((row) => row.map(safeLine)),
      ]),
      ...lines,
    ],
    ...(verdict.signature === 'broken' ? { failure: failureOf(verdict.refused) } : {}),
  }
}

async function verify(session: Session, file: string, flags: ReadingFlags): Promise<Report> {
  const read = await inspectBytes(session, await readBytes(session, file), flags)
  const { refused } = read
  if (refused !== undefined) return { data: { verified: false }, text: [], failure: failureOf(refused) }
  const { kind, id, verdict } = read.ok
  if (verdict.signature !== 'holds') return unverified(read.ok)
  const named = id === undefined ? {} : { id }
  return {
    data: { verified: true, kind, ...named, issuer: verdict.signer },
    text: [
      'verified',
      ...indent(
        columns([['is', kind], ...(id === undefined ? [] : [['id', id]]), ['signed by', verdict.signer]]),
        2,
      ),
    ],
  }
}

/** Messages and objects of a grid say it themselves. */
function signerRow({ kind, verdict }: Item): string[][] {
  const isSaid = kind !== 'foreign' && kind !== 'cose' && kind !== 'policy'
  return isSaid || verdict.signature !== 'holds' ? [] : [['signed by', verdict.signer]]
}

/** Nobody can say that it holds: for a program that asks, this is no. */
function unverified({ kind, verdict }: Item): Report {
  const failure: Failure =
    verdict.signature === 'broken'
      ? failureOf(verdict.refused)
      : { exit: 'refused', code: 'KEY', message: `it cannot be verified: ${verdictLine(verdict)}` }
  return { data: { verified: false, kind }, text: [], failure }
}

/** Of what was read; the terminal must not obey it. */
export function verdictLine(verdict: Verdict): string {
  if (verdict.signature === 'holds') return 'holds'
  return safeLine(verdict.signature === 'open' ? verdict.because : `does not hold: ${verdict.refused.detail}`)
}

export function signatureFact(verdict: Verdict): unknown {
  if (verdict.signature === 'holds') return 'verified'
  return verdict.signature === 'broken' ? verdict.refused : { open: verdict.because }
}

function failureOf(refused: Refusal): Failure {
  const { code, detail } = refused
  const fix = code === 'MISSING' ? { fix: KEY_SET_MISSING } : {}
  return { exit: exitOfRefusal(code), code, message: detail, ...fix }
}
