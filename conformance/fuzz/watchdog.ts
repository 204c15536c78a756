/** Notices an input that never ends: a thread that looks whether the number of the input still changes. */
import { isMainThread, Worker, workerData } from 'node:worker_threads'

/** No input needs a second; a busy machine may need a few. */
const PATIENCE_MS = 60_000
const INTERVAL_MS = 1_000

export interface Watchdog {
  /** The input now being worked on. */
  at(index: number): void
  close(): Promise<void>
}

/** Ends the process with code 3 when an input does not end; `name` says whose it was. */
export function watchOver(name: string): Watchdog {
  const progress = new SharedArrayBuffer(8)
  const index = new Float64Array(progress)
  const worker = new Worker(new URL(import.meta.url), { workerData: { name, progress } })
  return {
    at: (now) => {
      index[0] = now
    },
    close: async () => void (await worker.terminate()),
  }
}

function watch({ name, progress }: { readonly name: string; readonly progress: SharedArrayBuffer }): void {
  const index = new Float64Array(progress)
  let last = NaN
  let idleMs = 0
  setInterval(() => {
    const now = index[0] as number
    idleMs = now === last ? idleMs + INTERVAL_MS : 0
    last = now
    if (idleMs < PATIENCE_MS) return
    console.error(`fuzz: ${name}: FINDING at ${now}: no end after ${PATIENCE_MS} ms`)
    process.exit(3)
  }, INTERVAL_MS)
}

if (
  !isMainThread &&
  (workerData as { readonly progress?: unknown } | null)?.progress instanceof SharedArrayBuffer
)
  watch(workerData as Parameters<typeof watch>[0])
