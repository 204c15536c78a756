#!/usr/bin/env node
/** `grid`: reads arguments, runs one command, delivers its report. Each command is a file under commands/. */
import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'

import { addBlock } from './commands/block.ts'
import { addCall } from './commands/call.ts'
import { addCap } from './commands/cap.ts'
import { addClock } from './commands/clock.ts'
import { addDemo } from './commands/demo.ts'
import { addDeploy } from './commands/deploy.ts'
import { addId } from './commands/id.ts'
import { addInit } from './commands/init.ts'
import { addMessage } from './commands/message.ts'
import { createSession } from './commands/session.ts'
import { EXIT } from './terminal/exit-code.ts'
import { WIDTH } from './terminal/layout.ts'
import { deliver, failureOf } from './terminal/report.ts'
import { createTerminal } from './terminal/terminal.ts'
import type { Act } from './commands/session.ts'

interface GlobalFlags {
  readonly data: string
  readonly json?: true
  readonly debug?: true
}

const EXAMPLES = `
A first round:
  grid demo                       the whole story, on a file of the package
  grid init                       a grid of your own in ./.promisegrid
  grid id new alice
  grid cap issue --to alice --handler echo --out alice.cap
  echo hello | grid call echo --input - --cap alice.cap
  grid cap explain alice.cap`

/** Commander itself ends with these when nothing is wrong. */
const HELP_CODES = ['commander.helpDisplayed', 'commander.help', 'commander.version']

process.exitCode = await main(process.argv.slice(2))

async function main(words: readonly string[]): Promise<number> {
  // Needed before the arguments are parsed, because parsing itself can fail.
  const terminal = createTerminal({ json: flagged(words, '--json') })
  const isDebugged = flagged(words, '--debug')
  let exit: number = EXIT.done[0]
  const help: string[] = []
  const grid = createProgram((text) => help.push(text))
  const act: Act = async (command) => {
    const { data } = grid.opts<GlobalFlags>()
    exit = deliver(terminal, await command(createSession(terminal, data)))
  }
  for (const add of [addDemo, addInit, addId, addDeploy, addCall, addCap, addBlock, addMessage, addClock]) add(grid, act)
  try {
    await grid.parseAsync([...words], { from: 'user' })
    return exit
  } catch (error) {
    if (error instanceof CommanderError) return usage(error, help.join(''))
    if (isDebugged) terminal.err(error instanceof Error ? (error.stack ?? error.message) : String(error))
    return deliver(terminal, { data: {}, text: [], failure: failureOf(error) })
  }

  function usage(error: CommanderError, text: string): number {
    const lines = text.trimEnd().split('\n')
    if (HELP_CODES.includes(error.code) && error.exitCode === 0) return deliver(terminal, { data: { text }, text: lines })
    const message = error.code === 'commander.help' ? 'a command is missing' : error.message.replace(/^error: /, '')
    if (!terminal.json && error.code === 'commander.help') for (const line of lines) terminal.err(line)
    const fix = 'add --help to see what is possible'
    return deliver(terminal, { data: {}, text: [], failure: { exit: 'usage', code: 'USAGE', message, fix } })
  }
}

function createProgram(help: (text: string) => void): Command {
  const exits = Object.values(EXIT).map(([code, says]) => `  ${code}  ${says}`)
  return new Command('grid')
    .description('PromiseGrid: signed messages run content-addressed handlers, as far as capabilities promise it.')
    .option('--data <folder>', 'where grid, keys and blocks are kept', './.promisegrid')
    .option('--json', 'one JSON document on standard output, errors included')
    .option('--debug', 'show where in the program a failure came from')
    .version(version(), '--version')
    .helpCommand(false)
    .showSuggestionAfterError(true)
    .addHelpText('after', `${EXAMPLES}\n\nExit codes:\n${exits.join('\n')}`)
    .configureOutput({ writeOut: help, writeErr: help, outputError: () => undefined, getOutHelpWidth: () => WIDTH, getErrHelpWidth: () => WIDTH })
    .exitOverride()
}

/** Whether a global flag was given, before anything that `--` protects. */
function flagged(words: readonly string[], flag: string): boolean {
  const end = words.indexOf('--')
  return words.slice(0, end < 0 ? words.length : end).includes(flag)
}

function version(): string {
  const manifest = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as { version: string }
  return manifest.version
}
