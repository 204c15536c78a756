// Components by jco: JavaScript is made of a component once, and that runs it. The interfaces of WASI come from its
// shim for browsers, which keeps all in memory as ours does; that for Node asks another thread for each read.
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

import { transpileBytes } from '@bytecodealliance/jco-transpile'

import { printRows } from '../../dist/conformance/bench-kit.js'
import { checkWords, TEXT } from '../../dist/runtimes/wasi/bench/words.js'

const BUILT = new URL('../../runtimes/wasi/component/guest/built/', import.meta.url)
const SHIM = new URL('./node_modules/@bytecodealliance/preview2-shim/dist/', import.meta.url)
const INPUT = new Uint8Array(1024).map((_, index) => index & 255)

/** Beside this file, where the packages are that the made JavaScript imports. */
async function transpiled(name) {
  const options = { name, instantiation: 'sync', noTypescript: true, noNodejsCompat: true, base64Cutoff: 0 }
  const { files } = await transpileBytes(
    new Uint8Array(readFileSync(new URL(`${name}.wasm`, BUILT))),
    options,
  )
  const byName = new Map(Object.entries(files))
  const folder = await mkdtemp(fileURLToPath(new URL('.jco-', import.meta.url)))
  try {
    const path = join(folder, `${name}.mjs`)
    await writeFile(path, byName.get(`${name}.js`))
    const { instantiate } = await import(pathToFileURL(path).href)
    const modules = new Map()
    const moduleOf = (file) => {
      if (!modules.has(file)) modules.set(file, new WebAssembly.Module(byName.get(file)))
      return modules.get(file)
    }
    return (imports) => instantiate(moduleOf, imports)
  } finally {
    await rm(folder, { recursive: true })
  }
}

function checkEcho(output) {
  if (output.length !== INPUT.length) throw new Error('not echoed')
}

async function fresh() {
  const make = await transpiled('echo')
  return {
    run: (batch) => {
      for (let done = 0; done < batch; done += 1) checkEcho(make({}).handle(INPUT))
    },
  }
}

async function warm() {
  const { handle } = (await transpiled('echo'))({})
  return {
    run: (batch) => {
      for (let done = 0; done < batch; done += 1) checkEcho(handle(INPUT))
    },
  }
}

/** A program with a standard input, one instance for each call. */
async function program(name, input, check) {
  const make = await transpiled(name)
  const { WASIShim } = await import(new URL('common/instantiation.js', SHIM).href)
  const shim = await import(new URL('browser/index.js', SHIM).href)
  const imports = new WASIShim(shim).getImportObject()
  let left = input
  const written = []
  shim.cli._setArgs(['bench', 'count'])
  shim.cli._setStdin({
    blockingRead: (wanted) => {
      if (left.length === 0) throw { tag: 'closed' }
      const read = left.subarray(0, Number(wanted))
      left = left.subarray(read.length)
      return read
    },
  })
  shim.cli._setStdout({
    write: (bytes) => void written.push(bytes.slice()),
    blockingFlush: () => undefined,
    checkWrite: () => 4096n,
  })
  return {
    run: (batch) => {
      for (let done = 0; done < batch; done += 1) {
        left = input
        written.length = 0
        make(imports).run.run()
        check(Buffer.concat(written))
      }
    },
  }
}

function checkLines(output) {
  if (!output.toString().startsWith('count: ')) throw new Error(`wrong text: ${output}`)
}

const unlimited = 'made into JavaScript beforehand; no limits of any kind'
await printRows([
  {
    name: 'wasi/component/fresh',
    unit: 'calls/s',
    notes: `a new instance for each call; ${unlimited}`,
    setup: fresh,
  },
  { name: 'wasi/component/warm', unit: 'calls/s', notes: `one instance; ${unlimited}`, setup: warm },
  {
    name: 'wasi/component/program',
    unit: 'calls/s',
    notes: `a new instance for each call; ${unlimited}`,
    setup: () => program('count-lines', INPUT, checkLines),
  },
  {
    name: 'wasi/component/rust',
    unit: 'calls/s',
    notes: `a new instance for each call; ${unlimited}`,
    setup: () => program('words', TEXT, checkWords),
  },
])
