/**
 * Progress of something that takes more than a second. A handler runs in the main thread and stops its
 * timers, so the line is written by a thread of its own.
 */
import { Worker } from 'node:worker_threads'

/** What the two threads share: 0 while the work goes on. */
const STOPPED = 1

/** Announces `says` on stderr from the first second on; the returned function ends and erases it. */
export function startProgress(says: string): () => void {
  const state = new Int32Array(new SharedArrayBuffer(4))
  const worker = new Worker(new URL('./progress-worker.js', import.meta.url), { workerData: { says, state } })
  worker.unref()
  // Progress is a courtesy: without it the work goes on.
  worker.on('error', () => undefined)
  return () => {
    Atomics.store(state, 0, STOPPED)
    Atomics.notify(state, 0)
  }
}
