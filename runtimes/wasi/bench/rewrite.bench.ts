/** The rewriter alone, over 53 KB of compiled C again and again; beside what the engine takes to judge the same bytes. */
import { rewrite } from '../rewriter/rewrite.ts'
import { preview1Signature } from '../preview1/signatures.ts'
import { marked } from './readings.ts'
import type { Bench, Rig } from '../../../conformance/bench-kit.ts'

export const benches: readonly Bench[] = [
  {
    name: 'wasi/rewrite',
    unit: 'MB/s',
    baseline: { file: 'wasm-engine.mjs', name: 'wasi/rewrite' },
    notes: 'a new module is rewritten, judged and compiled; the baseline is WebAssembly.validate',
    setup,
  },
]

const MEGABYTE = 1_000_000

function setup(): Rig {
  const code = marked(0)
  let left = 0
  return {
    run: (batch) => {
      for (left += batch * MEGABYTE; left > 0; left -= code.length) {
        const { refused } = rewrite(code, { pagesMax: 64, offer: preview1Signature })
        if (refused !== undefined) throw new Error(refused.detail)
      }
    },
  }
}
