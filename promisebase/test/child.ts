import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { ChildProcessWithoutNullStreams } from 'node:child_process'

/** A process that runs a script of this folder, and the lines it has printed so far. */
export interface Child {
  readonly process: ChildProcessWithoutNullStreams
  readonly lines: string[]
  /** The next line that matches, or undefined when the process ends without one. */
  line(pattern: RegExp): Promise<string | undefined>
  /** Kills it without a chance to clean up, and waits until it is gone and its last line is read. */
  kill(): Promise<void>
  ended(): Promise<void>
}

/** Starts `script`, preceded by words of a shell when something is to be set before. */
export function startChild(script: string, args: readonly string[], shell?: string): Child {
  const path = fileURLToPath(new URL(script, import.meta.url))
  const command = [process.execPath, path, ...args]
  const child = shell
    ? spawn('bash', ['-c', `${shell}; exec "$@"`, 'bash', ...command])
    : spawn(command[0]!, command.slice(1))
  child.stderr.pipe(process.stderr)
  const lines: string[] = []
  const reader = createInterface({ input: child.stdout })
  reader.on('line', (line) => lines.push(line))
  const gone = Promise.all([once(child, 'exit'), once(reader, 'close')]).then(() => undefined)
  let read = 0
  const line = async (pattern: RegExp): Promise<string | undefined> => {
    for (;;) {
      while (read < lines.length) {
        const next = lines[read++]!
        if (pattern.test(next)) return next
      }
      const more = once(reader, 'line').then(() => true)
      if (!(await Promise.race([more, gone])) && read >= lines.length) return undefined
    }
  }
  const kill = async () => {
    child.kill('SIGKILL')
    await gone
  }
  return { process: child, lines, line, kill, ended: () => gone }
}
