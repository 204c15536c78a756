/** `grid call`: a signed message to a handler, and what it answers. */
import { columns } from '../terminal/layout.ts'
import { count, milliseconds } from '../terminal/units.ts'
import { inputOf } from './input.ts'
import { checkOut, outcomeReport } from './outcome.ts'
import { isProgram, isWhole, programInput, programStdin, withProgram } from './program/call.ts'
import { programReport } from './program/report.ts'
import { requestOf, withRequest } from './request.ts'
import { withHost } from './session.ts'
import type { Command } from 'commander'
import type { TraceEvent } from '../../../kernel/index.ts'
import type { Host } from '../interface.ts'
import type { Report } from '../terminal/report.ts'
import type { OutcomeFlags } from './outcome.ts'
import type { ProgramFlags } from './program/call.ts'
import type { RequestFlags } from './request.ts'
import type { Act, Session } from './session.ts'

interface CallFlags extends OutcomeFlags, ProgramFlags, RequestFlags {
  readonly trace?: true
}

const EXAMPLES = `
Examples:
  grid call echo --input letter.txt
  grid call word-index top --input book.txt --as bob --cap bob.cap
  cat photo.raw | grid call lz4 compress --input - --out photo.lz4
  grid call store put --space notes/ --arg key=today --arg value=@today.txt
  grid call store get --space notes/ --arg key=today --cbor
  grid call pages run --arg /in --arg /out --folder notes --out made

--arg builds the dag-cbor map some handlers take: NAME=TEXT and NAME=@FILE give bytes, NAME:=VALUE a
number, true, false, null or a CID.

A handler with the entry \`program\` takes each --arg as one argument, and --env, --stdin, --folder and --scratch.
What it writes to its streams goes to those of grid, which ends with its exit code (255 for larger ones).
If the program has not run, standard error ends with a line \`grid: CODE\`, and the codes are those of grid.`

export function addCall(grid: Command, act: Act): void {
  withProgram(withRequest(grid.command('call')))
    .description('send a signed message to a handler and write its result to standard output')
    .argument('<handler>', 'a protocol CID, or the name of a handler here')
    .argument('[method]', 'one it offers; not needed when it offers, or --cap grants, only one')
    .option('--out <file>', 'write the result there; of a program the folder it has written')
    .option('--overwrite', 'replace the folder of --out that is there; a file is replaced in any case')
    .option('--cbor', 'show the result in diagnostic notation')
    .option('--message <file>', 'keep the message there')
    .option('--reply <file>', 'keep the reply there')
    .option('--trace', 'show the stages on standard error')
    .addHelpText('after', EXAMPLES)
    .action((handler: string, method: string | undefined, flags: CallFlags) =>
      act((session) => callHandler(session, handler, method, flags)),
    )
}

async function callHandler(
  session: Session,
  handler: string,
  method: string | undefined,
  flags: CallFlags,
): Promise<Report> {
  checkOut(flags)
  // What is waited for is read before the store is open.
  const whole = isWhole(flags) ? await inputOf(session, flags) : undefined
  const stdin = await programStdin(session, flags)
  const events: TraceEvent[] = []
  const work = async (host: Host): Promise<Report> => {
    const asProgram = whole === undefined && (await isProgram(host, handler, flags))
    const input = asProgram
      ? await programInput(session, host, flags, stdin)
      : (whole ?? (await inputOf(session, flags)))
    const tell = asProgram ? programReport(host) : undefined
    const request = await requestOf(session, host, handler, method, flags, input)
    const result = await session.terminal.progress('waiting for the reply', () => host.call(request))
    const report = await outcomeReport(session, host, result, flags, tell)
    if (flags.trace !== true) return report
    if (!session.terminal.json) for (const line of traceLines(events)) session.terminal.err(line)
    return { ...report, data: { ...report.data, trace: events } }
  }
  return withHost(session, work, { trace: (event) => void events.push(event) })
}

/** The stages of one message, a line each. */
function traceLines(events: readonly TraceEvent[]): string[] {
  return columns(
    events.map(({ stage, decision, ms, fuel, code }) => [
      stage,
      decision,
      milliseconds(ms).padStart(8),
      code ?? (fuel === undefined ? '' : `${count(fuel)} fuel`),
    ]),
  )
}
