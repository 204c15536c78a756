/**
 * The first call of a module, 53 KB of compiled C: read, rewritten, judged, compiled, run. Each is one the engine has not
 * seen, for it knows code again by its bytes.
 */
import { Worker } from 'node:worker_threads'

import { createWasiRuntime } from '../index.ts'
import { callOf, outputOf } from './bench-call.ts'
import { checkReport, marked, READINGS } from './readings.ts'
import type { Bench, Rig } from '../../../conformance/bench-kit.ts'
import type { RuntimeCall } from '../../../kernel/index.ts'

export const benches: readonly Bench[] = [
  {
    name: 'wasi/cold/first',
    unit: 'ms/call',
    baseline: { file: 'browser-wasi-shim.mjs', name: 'wasi/cold/first' },
    notes:
      'a module never seen before, on a node that has been up for a while; the baseline compiles and runs it',
    setup: first,
  },
  {
    name: 'wasi/cold/start',
    unit: 'ms/call',
    batch: 2,
    notes:
      'the same as the very first of a thread that has just started, whose code the engine does not know yet either',
    setup: start,
  },
]

const SETTINGS = { entry: 'command', method: 'run', input: READINGS, pages: 64, fuel: 1e8 } as const

function first(): Rig {
  const runtime = createWasiRuntime({ monotonic: () => performance.now() })
  let next = 0
  let calls: RuntimeCall[] = []
  return {
    prepare: (batch) => {
      calls = Array.from({ length: batch }, () => callOf(marked((next += 1)), SETTINGS))
    },
    run: async () => {
      for (const call of calls) checkReport(await outputOf(runtime, call))
    },
    close: () => runtime.close?.(),
  }
}

function start(): Rig {
  let workers: Worker[] = []
  let next = 0
  const close = async (): Promise<void> => void (await Promise.all(workers.map((each) => each.terminate())))
  return {
    prepare: async (batch) => {
      await close()
      workers = Array.from({ length: batch }, () => new Worker(new URL('./cold-worker.js', import.meta.url)))
      await Promise.all(workers.map(heard))
    },
    run: async () => {
      for (const worker of workers) {
        const answer = heard(worker)
        worker.postMessage((next += 1))
        checkReport((await answer) as Uint8Array)
      }
    },
    close,
  }
}

function heard(worker: Worker): Promise<unknown> {
  return new Promise((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
  })
}
