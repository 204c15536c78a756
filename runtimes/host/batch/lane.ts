/** Where packed signatures are verified one after the other: a thread, or this one with pauses. */
import { setImmediate as pause } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'

import { nodeCrypto } from '../powers/crypto.ts'
import { unpackItems } from './packed.ts'
import type { PackedItems } from './packed.ts'

export interface Lane {
  /** @throws when the lane came to an end; what it was given is then as if it had never been asked */
  verify(packed: PackedItems): Promise<readonly boolean[]>
  close(): Promise<void>
}

/** Verifies here, and lets everything else have its turn after each signature. */
export const hereLane: Lane = {
  verify: async (packed) => {
    const verdicts: boolean[] = []
    for (const { key, message, signature } of unpackItems(packed)) {
      verdicts.push(nodeCrypto.verify(key, message, signature))
      await pause()
    }
    return verdicts
  },
  close: () => Promise.resolve(),
}

/** A thread of its own, with nothing of this process but its code. It keeps the process alive only while it works. */
export function createThreadLane(): Lane {
  const worker = new Worker(new URL('./verify-worker.js', import.meta.url), { env: {}, execArgv: [] })
  let ended: Error | undefined
  let settle: { resolve: (verdicts: readonly boolean[]) => void; reject: (reason: Error) => void } | undefined
  const end = (reason: Error): void => {
    ended ??= reason
    settle?.reject(ended)
  }
  worker.on('message', (verdicts: readonly boolean[]) => settle?.resolve(verdicts))
  worker.on('messageerror', end)
  worker.on('error', end)
  worker.on('exit', () => end(new Error('the thread ended')))
  worker.unref()
  return {
    verify: async (packed) => {
      if (ended !== undefined) throw ended
      worker.ref()
      try {
        return await new Promise((resolve, reject) => {
          settle = { resolve, reject }
          worker.postMessage(packed)
        })
      } finally {
        settle = undefined
        worker.unref()
      }
    },
    close: async () => void (await worker.terminate()),
  }
}
