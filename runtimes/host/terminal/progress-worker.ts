/** The thread behind progress.ts: waits, writes how long it has been, and wipes the line at the end. */
import { writeSync } from 'node:fs'
import { workerData } from 'node:worker_threads'

const FIRST_MS = 1_000
const NEXT_MS = 250
const STDERR = 2

const { says, state } = workerData as { readonly says: string; readonly state: Int32Array }
const start = Date.now()
let written = false
let pause = FIRST_MS

while (Atomics.wait(state, 0, 0, pause) === 'timed-out') {
  writeSync(STDERR, `\r${says} … ${((Date.now() - start) / 1_000).toFixed(0)} s`)
  written = true
  pause = NEXT_MS
}
if (written) writeSync(STDERR, '\r\x1b[2K')
