/**
 * How far long work has come, in one line on stderr that is written over and wiped at the end. For work that waits for
 * disks, and so lets this thread write; what keeps the thread to itself has progress.ts.
 */
import { performance } from 'node:perf_hooks'
import type { Surroundings } from './surroundings.ts'

/** Told as often as anything happens; the text is made only when it is shown. */
export type Tell = (says: () => string) => void

const FIRST_MS = 1_000
const NEXT_MS = 250
const WIPE = '\r\x1b[2K'

/** Runs `work`; from its first second on, the line says what it tells. */
export async function withStatusLine<T>(
  stderr: Surroundings['stderr'],
  work: (tell: Tell) => Promise<T>,
): Promise<T> {
  let due = performance.now() + FIRST_MS
  let isWritten = false
  const tell: Tell = (says) => {
    const now = performance.now()
    if (now < due) return
    due = now + NEXT_MS
    isWritten = true
    stderr.write(`${WIPE}${says()} …`)
  }
  try {
    return await work(tell)
  } finally {
    if (isWritten) stderr.write(WIPE)
  }
}
