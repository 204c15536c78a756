/** A program in C as it comes from a compiler, 53 KB with its library, over 1 KiB of text: a fresh instance for each call. */
import { createWasiRuntime } from '../index.ts'
import { callOf, outputOf } from './bench-call.ts'
import { checkReport, marked, READINGS } from './readings.ts'
import type { Bench, Rig } from '../../../conformance/bench-kit.ts'

export const benches: readonly Bench[] = [
  {
    name: 'wasi/command/c',
    unit: 'calls/s',
    baseline: [
      { file: 'browser-wasi-shim.mjs', name: 'wasi/command/c' },
      { file: 'child-process.mjs', name: 'wasi/command/c' },
    ],
    notes: 'every limit; the shim has none, and the process is a new Node for each call',
    setup,
  },
]

function setup(): Rig {
  const runtime = createWasiRuntime({ monotonic: () => performance.now() })
  const call = callOf(marked(0), { entry: 'command', method: 'run', input: READINGS, pages: 64, fuel: 1e8 })
  return {
    run: async (batch) => {
      for (let done = 0; done < batch; done += 1) checkReport(await outputOf(runtime, call))
    },
    close: () => runtime.close?.(),
  }
}
