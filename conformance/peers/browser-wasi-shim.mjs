// WASI preview 1 by @bjorn3/browser_wasi_shim, as its users would run a program: compiled as it is, with no fuel, no
// bound on memory, depth or time, and an instance with a memory of its own for each call.
import { readFileSync } from 'node:fs'

import { ConsoleStdout, File, OpenFile, WASI } from '@bjorn3/browser_wasi_shim'

import { printRows } from '../../dist/conformance/bench-kit.js'
import { TIMES } from '../../dist/runtimes/wasi/bench/loops.bench.js'
import { checkReport, FEW_READINGS, marked, READINGS } from '../../dist/runtimes/wasi/bench/readings.js'
import { checkWords, TEXT, wordsProgram } from '../../dist/runtimes/wasi/bench/words.js'

const LOOPS = new URL('../../runtimes/wasi/bench/loops.wasm', import.meta.url)

function run(module, args, input) {
  const output = []
  const written = new ConsoleStdout((bytes) => output.push(bytes.slice()))
  const wasi = new WASI(args, [], [new OpenFile(new File(input)), written, written], { debug: false })
  const instance = new WebAssembly.Instance(module, { wasi_snapshot_preview1: wasi.wasiImport })
  if (wasi.start(instance) !== 0) throw new Error('the program failed')
  return Buffer.concat(output)
}

function calling(module, args, input, check) {
  return {
    run: (batch) => {
      for (let done = 0; done < batch; done += 1) check(run(module, args, input))
    },
  }
}

function cold() {
  let next = 0
  let codes = []
  return {
    prepare: (batch) => void (codes = Array.from({ length: batch }, () => marked((next += 1)))),
    run: async () => {
      for (const code of codes)
        checkReport(run(await WebAssembly.compile(code), ['handler', 'run'], FEW_READINGS))
    },
  }
}

const looping = (loop) => {
  const check = ({ length }) => {
    if (length === 0) throw new Error('no result')
  }
  const module = new WebAssembly.Module(readFileSync(LOOPS))
  return calling(module, ['handler', loop], new TextEncoder().encode(`${TIMES[loop]}`), check)
}

const unlimited = 'no limits of any kind'
await printRows([
  {
    name: 'wasi/command/c',
    unit: 'calls/s',
    notes: `a new instance for each call, ${unlimited}`,
    setup: () => calling(new WebAssembly.Module(marked(0)), ['handler', 'run'], READINGS, checkReport),
  },
  {
    name: 'wasi/command/rust',
    unit: 'calls/s',
    notes: `a new instance for each call, ${unlimited}`,
    setup: () => calling(new WebAssembly.Module(wordsProgram()), ['handler', 'run'], TEXT, checkWords),
  },
  {
    name: 'wasi/cold/first',
    unit: 'ms/call',
    clock: 'thread',
    notes: `compiled and run, ${unlimited}`,
    setup: cold,
  },
  ...Object.keys(TIMES).map((loop) => ({
    name: `wasi/loops/${loop}`,
    unit: 'calls/s',
    notes: unlimited,
    setup: () => looping(loop),
  })),
])
