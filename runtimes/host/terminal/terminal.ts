/** The streams of this process and what they may be sent: the only file of the CLI that writes to them. */
import { safeLines, textOf } from './safe-text.ts'
import { bytes } from './units.ts'
import { startProgress } from './progress.ts'

export interface Terminal {
  /** One JSON document instead of text. */
  readonly json: boolean
  readonly paint: Paint
  /** A line of text to stdout. */
  readonly out: (line: string) => void
  /** A line of text to stderr. */
  readonly err: (line: string) => void
  /** Content to stdout: as it is into a file or pipe, made harmless on a screen. */
  readonly content: (content: Uint8Array) => void
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
  const { stdout, stderr } = process
  // A reader that has seen enough, such as head, is no failure of ours.
  for (const stream of [stdout, stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
      process.exit(process.exitCode ?? 0)
    })
  }
  return {
    json,
    paint: painter(!json && stdout.isTTY === true && hasColour()),
    out: (line) => void stdout.write(`${line}\n`),
    err: (line) => void stderr.write(`${line}\n`),
    content: (content) => void stdout.write(stdout.isTTY === true ? shown(content) : content),
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
