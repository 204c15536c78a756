/** The streams a command was given and what they may be sent: the only file of the CLI that writes to them. */
import { once } from 'node:events'

import { askSecrets } from './ask-secrets.ts'
import { safeLines, textOf } from './safe-text.ts'
import { bytes } from './units.ts'
import { startProgress } from './progress.ts'
import { withStatusLine } from './status-line.ts'
import type { Tell } from './status-line.ts'
import type { Environment, Surroundings } from './surroundings.ts'

export interface Terminal {
  /** One JSON document instead of text. */
  readonly json: boolean
  /** What `-` stands for where a file is read. */
  readonly stdin: Surroundings['stdin']
  readonly env: Environment
  readonly keyMaking: Surroundings['keyMaking']
  /** Whether standard output is a screen, where bytes that are no text do harm. */
  readonly isScreen: boolean
  readonly paint: Paint
  /** A line of text to stdout. */
  readonly out: (line: string) => void
  /** A line of text to stderr. */
  readonly err: (line: string) => void
  /** Content to stdout: as it is into a file or pipe, made harmless on a screen. */
  readonly content: (content: Uint8Array) => void
  /** Content to stderr in the same way, ended by a line feed, since lines of ours follow. */
  readonly errors: (content: Uint8Array) => void
  /** The same as `content` where somebody has asked for the very bytes, wherever they go. */
  readonly bytes: (content: Uint8Array) => void
  /** The same piece by piece, no faster than it is read there. @throws the reason of the signal */
  readonly stream: (pieces: AsyncIterable<Uint8Array>, signal: AbortSignal) => Promise<void>
  /** Answers that are typed unseen, one to each question; undefined where nobody can be asked. */
  readonly askSecrets: ((questions: readonly string[]) => Promise<readonly string[]>) | undefined
  /** Runs `work`; when it takes more than a second, a line on stderr says so. */
  readonly progress: <T>(says: string, work: () => Promise<T>) => Promise<T>
  /** Runs `work`; when it takes more than a second, a line on stderr says what it tells. */
  readonly counting: <T>(work: (tell: Tell) => Promise<T>) => Promise<T>
}

/** Emphasis, or plain text where nobody would see it. */
export interface Paint {
  readonly strong: (text: string) => string
  readonly faint: (text: string) => string
  readonly good: (text: string) => string
  readonly bad: (text: string) => string
}

const LINE_FEED = 0x0a

export function createTerminal(
  { stdin, stdout, stderr, env, keyMaking }: Surroundings,
  { json }: { readonly json: boolean },
): Terminal {
  return {
    json,
    stdin,
    env,
    keyMaking,
    isScreen: stdout.isTTY === true,
    paint: painter(!json && stdout.isTTY === true && hasColour(env)),
    out: (line) => void stdout.write(`${line}\n`),
    err: (line) => void stderr.write(`${line}\n`),
    content: (content) => void stdout.write(stdout.isTTY === true ? shown(content) : content),
    errors: (content) => {
      stderr.write(stderr.isTTY === true ? shown(content) : content)
      if (stderr.isTTY !== true && content.length > 0 && content.at(-1) !== LINE_FEED) stderr.write('\n')
    },
    bytes: (content) => void stdout.write(content),
    stream: async (pieces, signal) => {
      for await (const piece of pieces) if (!stdout.write(piece)) await once(stdout, 'drain', { signal })
    },
    askSecrets: stdin.isTTY === true ? (questions) => askSecrets(questions, stdin, stderr) : undefined,
    progress: async (says, work) => {
      const stop = stderr.isTTY === true && !json ? startProgress(says) : () => undefined
      try {
        return await work()
      } finally {
        stop()
      }
    },
    counting: (work) =>
      stderr.isTTY === true && !json ? withStatusLine(stderr, work) : work(() => undefined),
  }
}

/** https://no-color.org, and terminals that say they cannot. */
function hasColour({ NO_COLOR, TERM }: Environment): boolean {
  return (NO_COLOR === undefined || NO_COLOR === '') && TERM !== 'dumb'
}

function painter(isOn: boolean): Paint {
  const style = (on: number, off: number) => (text: string) =>
    isOn ? `\x1b[${on}m${text}\x1b[${off}m` : text
  return { strong: style(1, 22), faint: style(2, 22), good: style(32, 39), bad: style(31, 39) }
}

function shown(content: Uint8Array): string {
  if (content.length === 0) return ''
  const text = textOf(content)
  if (text === undefined) return `${bytes(content.length)} that are not text: use --out FILE, or a pipe\n`
  return text.endsWith('\n') ? safeLines(text) : `${safeLines(text)}\n`
}
