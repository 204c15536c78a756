/** `grid handler run`: builds the handler of a folder and calls it once, or at every change, on a grid that nobody keeps. */
import { resultType, shownAnswer } from '../../author/answer.ts'
import { readProject } from '../../author/project.ts'
import { trialSpace } from '../../author/trial.ts'
import { HostError } from '../../host-error.ts'
import { safeLine } from '../../terminal/safe-text.ts'
import { withBuilt } from '../built.ts'
import { inputOf } from '../input.ts'
import { several } from '../options.ts'
import { checkOut } from '../outcome.ts'
import { checkNoProgram, isWhole, programInput, programStdin, withProgram } from '../program/call.ts'
import { programReport } from '../program/report.ts'
import { hasTypes, typesFix } from '../types-fix.ts'
import { watched } from '../watched.ts'
import type { CID } from 'multiformats/cid'
import type { Command } from 'commander'
import type { Project } from '../../author/project.ts'
import type { CallResult } from '../../call/result.ts'
import type { Host } from '../../interface.ts'
import type { Report } from '../../terminal/report.ts'
import type { OutcomeFlags } from '../outcome.ts'
import type { ProgramFlags } from '../program/call.ts'
import type { Act, Session } from '../session.ts'

interface RunFlags extends ProgramFlags, OutcomeFlags {
  readonly method?: string
  readonly input?: string
  readonly arg?: readonly string[]
  readonly inputJson?: string
  readonly watch?: true
}

/** What is read before anything is built, since it is there once. */
interface Given {
  readonly whole: Uint8Array | undefined
  readonly stdin: Uint8Array | undefined
}

export function addHandlerRun(handler: Command, act: Act): void {
  const command = handler
    .command('run')
    .description('build the handler of a folder, and call it on a grid in memory')
    .argument('[folder]', 'where its handler.json is', '.')
    .option('--method <name>', 'which of its methods; the first one by default')
    .option('--input <file>', 'its input; - for standard input')
    .option('--input-json <json>', 'its input as DAG-JSON, or @FILE')
    .option('--arg <name=value>', 'an entry of a map that is its input; of a program an argument', several)
  withProgram(command)
    .option('--out <folder>', 'a folder for what a program writes')
    .option('--overwrite', 'replace the folder of --out that is there')
    .option('--watch', 'again at every change, until Ctrl-C')
    .addHelpText(
      'after',
      '\nExamples:\n  echo -n bob | grid handler run greet --input -' +
        '\n  grid handler run number --arg /in --arg /out --folder notes --out made',
    )
    .action((folder: string, flags: RunFlags) => act((session) => run(session, folder, flags)))
}

async function run(session: Session, folder: string, flags: RunFlags): Promise<Report> {
  checkOut(flags)
  // Standard input is there once, however often the handler runs.
  const given = { whole: await wholeInput(session, folder, flags), stdin: await programStdin(session, flags) }
  const round = (): Promise<Report> => runOnce(session, folder, flags, given)
  return flags.watch === true ? watched(session, folder, round) : round()
}

/** A program makes its input of what it is called with, unless it is given whole. */
async function wholeInput(
  session: Session,
  folder: string,
  flags: RunFlags,
): Promise<Uint8Array | undefined> {
  const { entry } = (await readProject(session.path(folder))).options
  if (!isWhole(flags) && entry === 'program') return undefined
  const input = await inputOf(session, flags)
  if (input !== undefined && !(input instanceof Uint8Array)) throw new TypeError('input that is not bytes')
  return input
}

function runOnce(session: Session, folder: string, flags: RunFlags, given: Given): Promise<Report> {
  return withBuilt(session, folder, async (project, code) => {
    const { createHost } = await import('../../create-host.ts')
    await using host = await createHost()
    const protocol = await host.deploy(code, project.options)
    // Awaited here: the host is closed when this returns.
    return await (project.options.entry === 'program' && given.whole === undefined
      ? runProgram(session, host, protocol, flags, given)
      : runMethod(host, protocol, project, folder, flags, given))
  })
}

async function runProgram(
  session: Session,
  host: Host,
  protocol: CID,
  flags: RunFlags,
  { stdin }: Given,
): Promise<Report> {
  const input = await programInput(session, host, flags, stdin)
  const told = await host.call({ protocol, method: 'run', input })
  return told.status === 'kept' ? programReport(host)(session, {}, told, flags) : reportOf(told)
}

async function runMethod(
  host: Host,
  protocol: CID,
  { options }: Project,
  folder: string,
  flags: RunFlags,
  { whole }: Given,
): Promise<Report> {
  checkNoProgram(flags)
  if (flags.out !== undefined)
    throw new HostError('USAGE', '--out is for what a program writes, and this handler is none')
  const method = flags.method ?? options.methods[0]
  if (method === undefined || !options.methods.includes(method))
    throw new HostError('USAGE', `${options.name} has no method ${JSON.stringify(method)}`, {
      fix: `use one of: ${options.methods.join(', ')}`,
    })
  const resource = trialSpace(host, options)
  const told = await host.call({
    ...{ protocol, method },
    ...(whole === undefined ? {} : { input: whole }),
    ...(resource && { resource }),
  })
  const report = reportOf(told, (await resultType(host, protocol, method)) !== undefined)
  const isUnfit = report.failure?.code === 'SHAPE' && (await hasTypes(host, protocol, method))
  return isUnfit ? { ...report, failure: { ...report.failure, fix: typesFix(folder) } } : report
}

function reportOf(told: CallResult, isValue = false): Report {
  if (told.status === 'kept') {
    const output = shownAnswer(isValue, told.bytes)
    return { data: { output, fuel: told.fuel }, text: [safeLine(output), `fuel ${told.fuel}`] }
  }
  const { code, detail = '' } = told
  const [message = '', fix] = detail.split('. Fix: ')
  const failure = { exit: 'refused', code, message, ...(fix === undefined ? {} : { fix }) } as const
  return { data: { refused: code, detail }, text: [], failure }
}
