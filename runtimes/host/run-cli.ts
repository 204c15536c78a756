/** `grid`: reads arguments, runs one command, delivers its report. Each command is a file under commands/. */
import { readFileSync } from 'node:fs'
import { inspect } from 'node:util'
import { Command, CommanderError, Option } from 'commander'

import { commandsFor } from './commands/load.ts'
import { durationValue } from './commands/options.ts'
import { PASSPHRASE_VARIABLE, refusePassphraseArgument } from './commands/passphrase.ts'
import { createSession, DATA_DEFAULT } from './commands/session.ts'
import { EXIT } from './terminal/exit-code.ts'
import { WIDTH } from './terminal/layout.ts'
import { deliver, failureOf } from './terminal/report.ts'
import { createTerminal } from './terminal/terminal.ts'
import { usageMessage } from './terminal/usage.ts'
import type { Surroundings } from './terminal/surroundings.ts'
import type { Terminal } from './terminal/terminal.ts'
import type { Act, SessionFlags } from './commands/session.ts'

interface GlobalFlags extends SessionFlags {
  readonly json?: true
  readonly debug?: true
}

const EXAMPLES = `
A first round:
  grid demo --data ./demo-grid    the whole story, on a file of the package
  grid init                       a grid of your own in ./.promisegrid
  grid id new alice
  grid cap issue --to alice --handler echo --out alice.cap
  echo hello | grid call echo --input - --cap alice.cap
  grid cap explain alice.cap
  grid id announce alice
  echo secret | grid encrypt --to alice | grid decrypt --as alice`

const PASSPHRASE = `
The passphrase of encrypted keys is the one in --passphrase-file, else that of the environment
variable ${PASSPHRASE_VARIABLE}, else one that is asked for. Where it is given, new keys are
encrypted too.`

/** Runs the command that `words` are, and returns its exit code. */
export async function runCli(words: readonly string[], surroundings: Surroundings): Promise<number> {
  // Looked for before the arguments are parsed, because parsing itself can fail.
  const terminal = createTerminal(surroundings, { json: flagged(words, '--json') })
  const help: string[] = []
  const grid = createProgram((text) => void help.push(text))
  let exit: number = EXIT.done[0]
  const act: Act = async (command) => {
    exit = deliver(terminal, await command(createSession(terminal, surroundings, grid.opts<GlobalFlags>())))
  }
  try {
    refusePassphraseArgument(words)
    const { operands } = grid.parseOptions([...words])
    for (const add of await commandsFor(operands[0])) add(grid, act)
    await grid.parseAsync([...words], { from: 'user' })
    return exit
  } catch (error) {
    if (error instanceof CommanderError) return usage(terminal, error, help.join('').trimEnd())
    if (flagged(words, '--debug')) terminal.err(inspect(error))
    return deliver(terminal, { data: {}, text: [], failure: failureOf(error) })
  }
}

/** Help that was asked for is an answer; anything else commander throws is a mistake in the arguments. */
function usage(terminal: Terminal, error: CommanderError, help: string): number {
  if (error.exitCode === 0) return deliver(terminal, { data: { help }, text: help.split('\n') })
  const isMissing = error.code === 'commander.help'
  if (isMissing && !terminal.json) for (const line of help.split('\n')) terminal.err(line)
  const message = isMissing ? 'a command is missing' : usageMessage(error)
  const fix = 'add --help to see what is possible'
  return deliver(terminal, { data: {}, text: [], failure: { exit: 'usage', code: 'USAGE', message, fix } })
}

function createProgram(help: (text: string) => void): Command {
  const exits = Object.values(EXIT).map(([code, says]) => `  ${String(code).padStart(3)}  ${says}`)
  return new Command('grid')
    .description(
      'PromiseGrid: signed messages run content-addressed handlers, as far as capabilities promise it.',
    )
    .option('--data <folder>', 'where grid, keys and blocks are kept', DATA_DEFAULT)
    .option('--grid <name>', 'which grid of the folder, by name or CID (default: the first one)')
    .option('--wait <time>', 'how long to wait while another process has the folder open', durationValue, 5)
    .option('--passphrase-file <file>', 'the passphrase of encrypted keys, or - for standard input')
    .addOption(
      new Option('--isolation <place>', 'where WebAssembly runs: this process, or a place of its own')
        .choices(['here', 'thread', 'process'])
        .default('here'),
    )
    .option(
      '--admission <file>',
      'what code is admitted, in JSON, less than the rules allow (default: admission.json of the folder)',
    )
    .option('--json', 'one JSON document on standard output, errors included')
    .option('--debug', 'show where in the program a failure came from')
    .version(version(), '--version')
    .helpCommand(false)
    .showSuggestionAfterError(true)
    .addHelpText('after', `${EXAMPLES}\n${PASSPHRASE}\n\nExit codes:\n${exits.join('\n')}`)
    .configureOutput({
      writeOut: help,
      writeErr: help,
      outputError: () => undefined,
      getOutHelpWidth: () => WIDTH,
      getErrHelpWidth: () => WIDTH,
    })
    .exitOverride()
}

/** Whether a global flag was given, before anything that `--` protects. */
function flagged(words: readonly string[], flag: string): boolean {
  const end = words.indexOf('--')
  return words.slice(0, end < 0 ? words.length : end).includes(flag)
}

function version(): string {
  const manifest = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  return manifest.version
}
