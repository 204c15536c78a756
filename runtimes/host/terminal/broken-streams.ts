/** What a process does whose output cannot be written: on a full disk, or when its reader has gone. */
import { writeSync } from 'node:fs'

import { EXIT } from './exit-code.ts'

const STDERR = 2

/** Ends this process as soon as one of its streams breaks. */
export function endWithStreams({ stdout, stderr }: NodeJS.Process): void {
  stdout.on('error', (error: NodeJS.ErrnoException) => endBecause('standard output', error))
  stderr.on('error', (error: NodeJS.ErrnoException) => endBecause('standard error', error))
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
