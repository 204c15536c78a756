// The engine by itself: the same modules as they were before the rewriter, and nothing around them.
import { readFileSync } from 'node:fs'

import { printRows } from '../../dist/conformance/bench-kit.js'
import { ECHO_INPUT, echoCode } from '../../dist/runtimes/wasi/bench/echo-module.js'
import { TEXT } from '../../dist/runtimes/wasi/bench/loops.bench.js'
import { marked } from '../../dist/runtimes/wasi/bench/readings.js'

const LZ4 = new URL('../../handlers/lz4/lz4.wasm', import.meta.url)
const MEGABYTE = 1_000_000

/** A reactor of spec/handler-abi.md, entered by hand. */
function call(instance, method, input) {
  const { alloc, memory, [method]: entry } = instance.exports
  const at = alloc(input.length)
  new Uint8Array(memory.buffer, at, input.length).set(input)
  const result = BigInt.asUintN(64, entry(at, input.length))
  const length = Number(result & 0xffffffffn)
  return new Uint8Array(memory.buffer, Number(result >> 32n), length).slice()
}

function instances(code, method, input) {
  const module = new WebAssembly.Module(code)
  return {
    run: (batch) => {
      for (let done = 0; done < batch; done += 1) {
        if (call(new WebAssembly.Instance(module, {}), method, input).length === 0)
          throw new Error('no result')
      }
    },
  }
}

function validating() {
  const code = marked(0)
  let left = 0
  return {
    run: (batch) => {
      for (left += batch * MEGABYTE; left > 0; left -= code.length) {
        if (!WebAssembly.validate(code)) throw new Error('not valid')
      }
    },
  }
}

await printRows([
  {
    name: 'wasi/echo/fresh',
    unit: 'calls/s',
    notes: 'a new instance with a memory of its own for each call, no limits of any kind',
    setup: async () => instances(await echoCode(), 'echo', ECHO_INPUT),
  },
  {
    name: 'wasi/loops/lz4',
    unit: 'calls/s',
    notes: 'no limits of any kind',
    setup: () => instances(readFileSync(LZ4), 'compress', TEXT),
  },
  { name: 'wasi/rewrite', unit: 'MB/s', notes: 'WebAssembly.validate', setup: validating },
])
