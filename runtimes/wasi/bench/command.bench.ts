/** Programs in C and in Rust as they come from a compiler, with their libraries, over 1 KiB of text: fresh for each call. */
import { createWasiRuntime } from '../index.ts'
import { callOf, outputOf } from './bench-call.ts'
import { checkReport, marked, READINGS } from './readings.ts'
import { checkWords, TEXT, wordsProgram } from './words.ts'
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
    setup: () => calling(marked(0), READINGS, checkReport),
  },
  {
    name: 'wasi/command/rust',
    unit: 'calls/s',
    baseline: { file: 'browser-wasi-shim.mjs', name: 'wasi/command/rust' },
    notes: 'every limit; another program than that in C',
    setup: () => calling(wordsProgram(), TEXT, checkWords),
  },
]

function calling(program: Uint8Array, input: Uint8Array, check: (output: Uint8Array) => void): Rig {
  const runtime = createWasiRuntime({ monotonic: () => performance.now() })
  const call = callOf(program, { entry: 'command', method: 'run', input, pages: 64, fuel: 1e8 })
  return {
    run: async (batch) => {
      for (let done = 0; done < batch; done += 1) check(await outputOf(runtime, call))
    },
    close: () => runtime.close?.(),
  }
}
