/** The streams of this process and what they may be sent: the only file of the CLI that writes to them. */
import { writeSync } from 'node:fs'

import { askSecrets } from './ask-secrets.ts'
import { EXIT } from './exit-code.ts'
import { safeLines, textOf } from './safe-text.ts'
import { bytes } from './units.ts'
import { startProgress } from './progress.ts'

const STDERR = 2

export interface Terminal {
  /** One JSON document instead of text. */
  readonly json: boolean
  /** Whether standard output is a screen, where bytes that are no text do harm. */
  readonly isScreen: boolean
  readonly paint: Paint
  /** A line of text to stdout. */
  readonly out: (line: string) => void
  /** A line of text to stderr. */
  readonly err: (line: string) => void
  /** Content to stdout: as it is into a file or pipe, made harmless on a screen. */
  readonly content: (content: Uint8Array) => void
  /** The same where somebody has asked for the very bytes, wherever they go. */
  readonly bytes: (content: Uint8Array) => void
  /** Answers that are typed unseen, one to each question; undefined where nobody can be asked. */
  readonly askSecrets: ((questions: readonly string[]) => Promise<readonly string[]>) | undefined
  /** Runs `work`; when it takes more than a second, a line on stderr says so. */
  readonly progress: <T>(says: string, work: () => Promise<T>) => Promise<T>
}

/** Emphasis, or plain text where nobody would see it. */
export interface Paint {
  readonly strong: (text: string) => string
  readonly faint: (text: string) => string
  readonly good: (text: string) => string
  readonly bad: (text: string) => string
}

export function createTerminal({ json }: { readonly json: boolean }): Terminal {
  const { stdin, stdout, stderr } = process
  stdout.on('error', (error: NodeJS.ErrnoException) => endBecause('standard output', error))
  stderr.on('error', (error: NodeJS.ErrnoException) => endBecause('standard error', error))
  return {
    json,
    isScreen: stdout.isTTY === true,
    paint: painter(!json && stdout.isTTY === true && hasColour()),
    out: (line) => void stdout.write(`${line}\n`),
    err: (line) => void stderr.write(`${line}\n`),
    content: (content) => void stdout.write(stdout.isTTY === true ? shown(content) : content),
    bytes: (content) => void stdout.write(content),
    askSecrets: stdin.isTTY === true ? (questions) => askSecrets(questions, stdin, stderr) : undefined,
    progress: async (says, work) => {
      const stop = stderr.isTTY === true && !json ? startProgress(says) : () => undefined
      try {
        return await work()
      } finally {
        stop()
      }
    },
  }
}

/** Nobody can be told more than this: a stream that cannot be written ends the program. */
function endBecause(stream: string, { code, message }: NodeJS.ErrnoException): never {
  // A reader that has seen enough, such as head, is no failure of ours.
  if (code === 'EPIPE') return process.exit(process.exitCode ?? 0)
  try {
    const fix = 'fix: make room where it goes, or write it elsewhere'
    writeSync(STDERR, `grid: FILE: ${stream} cannot be written: ${code ?? message}\n${fix}\n`)
  } catch {
    // Standard error itself may be the stream that is full: the exit code still tells.
  }
  return process.exit(EXIT.usage[0])
}

/** https://no-color.org, and terminals that say they cannot. */
function hasColour(): boolean {
  const { NO_COLOR, TERM } = process.env
  return (NO_COLOR === undefined || NO_COLOR === '') && TERM !== 'dumb'
}

function painter(isOn: boolean): Paint {
  const style = (on: number, off: number) => (text: string) =>
    isOn ? `\x1b[${on}m${text}\x1b[${off}m` : text
  return { strong: style(1, 22), faint: style(2, 22), good: style(32, 39), bad: style(31, 39) }
}

function shown(content: Uint8Array): string {
  const text = textOf(content)
  if (text === undefined) return `${bytes(content.length)} that are not text: use --out FILE, or a pipe\n`
  return text.endsWith('\n') ? safeLines(text) : `${safeLines(text)}\n`
}
