/** `grid handler run`: builds the handler of a folder and calls it once, or at every change, on a grid that nobody keeps. */
import { shown } from '../author/vectors.ts'
import { HostError } from '../host-error.ts'
import { safeLine } from '../terminal/safe-text.ts'
import { withBuilt } from './built.ts'
import { inputOf } from './input.ts'
import { watched } from './watched.ts'
import type { Command } from 'commander'
import type { CallResult } from '../call/result.ts'
import type { Report } from '../terminal/report.ts'
import type { Act, Session } from './session.ts'

interface RunFlags {
  readonly method?: string
  readonly input?: string
  readonly arg?: readonly string[]
  readonly inputJson?: string
  readonly watch?: true
}

export function addHandlerRun(handler: Command, act: Act): void {
  handler
    .command('run')
    .description('build the handler of a folder, and call it on a grid in memory')
    .argument('[folder]', 'where its handler.json is', '.')
    .option('--method <name>', 'which of its methods; the first one by default')
    .option('--input <file>', 'its input; - for standard input')
    .option('--input-json <json>', 'its input as DAG-JSON, or @FILE')
    .option('--arg <name=text...>', 'an entry of a map that is its input')
    .option('--watch', 'again at every change, until Ctrl-C')
    .addHelpText('after', '\nExample:\n  echo -n bob | grid handler run greet --input -')
    .action((folder: string, flags: RunFlags) => act((session) => run(session, folder, flags)))
}

async function run(session: Session, folder: string, flags: RunFlags): Promise<Report> {
  // Standard input is there once, however often the handler runs.
  const input = await inputOf(session, flags)
  if (input !== undefined && !(input instanceof Uint8Array)) throw new TypeError('input that is not bytes')
  const round = (): Promise<Report> => runOnce(session, folder, flags.method, input)
  return flags.watch === true ? watched(session, folder, round) : round()
}

function runOnce(
  session: Session,
  folder: string,
  named: string | undefined,
  input: Uint8Array | undefined,
): Promise<Report> {
  return withBuilt(session, folder, async ({ options }, code) => {
    const method = named ?? options.methods[0]
    if (method === undefined || !options.methods.includes(method))
      throw new HostError('USAGE', `${options.name} has no method ${JSON.stringify(method)}`, {
        fix: `use one of: ${options.methods.join(', ')}`,
      })
    const { createHost } = await import('../create-host.ts')
    await using host = await createHost()
    const protocol = await host.deploy(code, options)
    // What is not pure acts on something: here a space of its own, which is empty.
    const space = { kind: 'space', owner: host.node, space: options.name, prefix: new Uint8Array() } as const
    return reportOf(
      await host.call({
        ...{ protocol, method },
        ...(input === undefined ? {} : { input }),
        ...(options.pure === true ? {} : { resource: space }),
      }),
    )
  })
}

function reportOf(told: CallResult): Report {
  if (told.status === 'kept') {
    const output = shown(told.bytes)
    return { data: { output, fuel: told.fuel }, text: [safeLine(output), `fuel ${told.fuel}`] }
  }
  const { code, detail = '' } = told
  return { data: { refused: code, detail }, text: [], failure: { exit: 'refused', code, message: detail } }
}
