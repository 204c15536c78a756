/**
 * What counting costs where a program really works: loops compiled from C, and packing by lz4, as they come out of the
 * rewriter with fuel, depth, clamps and one NaN, beside the same code as it was.
 */
import { readFileSync } from 'node:fs'

import { createWasiRuntime } from '../index.ts'
import { callOf, outputOf } from './bench-call.ts'
import type { Bench, Rig } from '../../../conformance/bench-kit.ts'
import type { RuntimeCall } from '../../../kernel/index.ts'

/** How often each loop of `guest/loops.c` is gone through in one call, which is then some ten milliseconds. */
export const TIMES = { sha256: 10, mandelbrot: 3, matmul: 20, sort: 1, parse: 50, fibonacci: 30 } as const

/** Text of 256 KiB, with words that come again as in any. */
export const TEXT = text(256 * 1024)

const FUEL = 10_000_000_000

export const benches: readonly Bench[] = [
  ...Object.keys(TIMES).map((loop) => bench(loop as keyof typeof TIMES)),
  {
    name: 'wasi/loops/lz4',
    unit: 'calls/s',
    baseline: { file: 'wasm-engine.mjs', name: 'wasi/loops/lz4' },
    notes: 'AssemblyScript, 256 KiB packed',
    setup: () =>
      rig(
        callOf(readCode('../../../handlers/lz4/lz4.wasm'), {
          entry: 'reactor',
          method: 'compress',
          input: TEXT,
          pages: 288,
          fuel: FUEL,
          outputBytes: TEXT.length,
        }),
      ),
  },
]

function bench(loop: keyof typeof TIMES): Bench {
  return {
    name: `wasi/loops/${loop}`,
    unit: 'calls/s',
    baseline: { file: 'browser-wasi-shim.mjs', name: `wasi/loops/${loop}` },
    notes: 'the same code without anything counted: the ratio is what the counting leaves',
    setup: () => {
      const input = new TextEncoder().encode(`${TIMES[loop]}`)
      const code = readCode('./loops.wasm')
      return rig(callOf(code, { entry: 'command', method: loop, input, pages: 64, fuel: FUEL }))
    },
  }
}

function rig(call: RuntimeCall): Rig {
  const runtime = createWasiRuntime({ monotonic: () => performance.now() })
  return {
    run: async (batch) => {
      for (let done = 0; done < batch; done += 1) {
        const { length } = await outputOf(runtime, call)
        if (length === 0) throw new Error('no result')
      }
    },
    close: () => runtime.close?.(),
  }
}

function readCode(path: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(path, import.meta.url)))
}

function text(length: number): Uint8Array {
  const words = 'a promise is kept by whoever made it and broken by nobody else'.split(' ')
  let state = 1
  let made = ''
  while (made.length < length) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    made += `${words[(state >>> 16) % words.length]}${state % 7 === 0 ? (state >>> 8) % 1_000 : ''} `
  }
  return new TextEncoder().encode(made.slice(0, length))
}
