/** A lane that is a thread: with nothing of this process but its code. */
import { Worker } from 'node:worker_threads'

import { Exchange } from '../../wasi/index.ts'
import { readFromLane } from './from-lane.ts'
import { HEAP_MIB } from './heap.ts'
import type { Lane, LaneSettings } from '../../wasi/index.ts'

const INSIDE = new URL('./lane-worker.js', import.meta.url)

/** It keeps the process alive only while it works. */
export function openThread(settings: LaneSettings): Lane {
  const worker = new Worker(INSIDE, {
    env: {},
    execArgv: [],
    workerData: settings,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB },
  })
  const exchange = new Exchange({
    read: readFromLane,
    send: (message) => worker.postMessage(message),
    cut: () => void worker.terminate(),
  })
  worker.unref()
  worker.on('message', (message) => void exchange.heard(message))
  worker.on('error', (error: NodeJS.ErrnoException) =>
    exchange.over(error.message, { isOutOfMemory: error.code === 'ERR_WORKER_OUT_OF_MEMORY' }),
  )
  worker.on('exit', (code) => exchange.over(`its thread ended with ${code}`))
  return {
    ready: exchange.ready,
    get isOver() {
      return exchange.isOver
    },
    ask: async (job, tell) => {
      worker.ref()
      try {
        return await exchange.ask(tell, job)
      } finally {
        worker.unref()
      }
    },
    end: async () => {
      exchange.over('its thread was ended')
      await worker.terminate()
    },
  }
}
