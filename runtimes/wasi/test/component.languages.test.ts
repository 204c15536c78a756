/** Components as compilers of other languages make them: Rust with its library, shared libraries, and JavaScript. */
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync, copyFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'

import { createWasiRuntime } from '../index.ts'
import { built, builtComponent, component } from './components.ts'
import { run } from './fixtures.ts'
import { Blocks, contentOf, runProgram } from './program-kit.ts'

const runtime = createWasiRuntime()
const root = fileURLToPath(new URL('../../../../', import.meta.url))
const utf8 = new TextEncoder()
const textOf = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes)

test('a program in Rust with its standard library reads its arguments and writes its result', async () => {
  const words = built('words', { methods: ['count'] })
  const ended = await run(runtime, words, { method: 'count', input: utf8.encode('to be or not to be') })
  assert.equal(ended.refused, undefined)
  assert.equal(textOf(ended.output), '2 be\n1 not\n1 or\n2 to\n')
  const wrong = await run(runtime, words, { method: 'count', input: Uint8Array.of(0xff) })
  assert.equal(wrong.refused?.code, 'HANDLER')
  assert.match(wrong.refused?.detail ?? '', /UTF-8/)
})

test('a program in Rust reads folders and writes one', async () => {
  const blocks = new Blocks()
  const files = {
    '/notes': blocks.folder({ one: 'to be', two: 'or not\nto be', deeper: { three: 'unread' } }),
  }
  const given = { args: ['/out', '/notes'], files, scratch: '/out' }
  const words = builtComponent('words')
  const ended = await runProgram(words, given, blocks, { budget: { fuel: 100_000_000 } })
  assert.deepEqual([ended.exit, ended.stdout, ended.stderr], [0, '4 words\n', ''])
  assert.ok(ended.files !== undefined)
  const found = await contentOf(blocks, ended.files)
  assert.deepEqual(found, { found: null, 'found/words.txt': '2 be\n1 not\n1 or\n2 to\n' })
  const failed = await runProgram(words, { args: ['/elsewhere', '/notes'], files }, blocks)
  assert.deepEqual([failed.exit, failed.files], [1, undefined])
  assert.match(failed.stderr, /pre-opened|[Cc]apab/)
})

test('parts that are linked as shared libraries find their data, and tail calls return what they call', async () => {
  const shared = built('shared')
  const ended = await run(runtime, shared)
  assert.equal(textOf(ended.output), 'constant', JSON.stringify(ended.refused))
  // A tail call takes its frame like any other call, at the same depth everywhere.
  const deep = await run(runtime, shared, { input: Uint8Array.of(1) })
  assert.equal(deep.refused?.code, 'BUDGET_DEPTH')
  assert.equal((await run(runtime, shared, { input: Uint8Array.of(1) })).fuel, deep.fuel)
})

const TOOL = join(root, 'runtimes/host/test/compilers/node_modules/componentize-qjs/index.js')

interface Tool {
  componentize(options: object): Promise<{ readonly component: Uint8Array }>
}

test('a handler in JavaScript answers, and its exception ends it', async (t) => {
  if (!existsSync(TOOL)) return t.skip('componentize-qjs is not here: npm ci in runtimes/host/test/compilers')
  const { componentize } = (await import(pathToFileURL(TOOL).href)) as Tool
  const witPath = mkdtempSync(join(tmpdir(), 'wit-'))
  try {
    for (const name of ['handler.wit', 'host.wit'])
      copyFileSync(join(root, 'spec/wit', name), join(witPath, name))
    const jsSource = `export function handle(given) {
      if (given.length === 0) throw new Error('nothing is given')
      return given.map((byte) => byte ^ 0x20)
    }`
    const options = { witPath, jsSource, world: 'handler', stubWasi: true, sync: true, optSize: true }
    const code = new Uint8Array((await componentize(options)).component)
    const handler = component(code)
    assert.equal((await runtime.admit(handler.code, handler.descriptor)).refused, undefined)
    const ended = await run(runtime, handler, { input: utf8.encode('sHEEP') })
    assert.equal(textOf(ended.output), 'Sheep', JSON.stringify(ended.refused))
    assert.equal((await run(runtime, handler)).refused?.code, 'TRAP')
  } finally {
    rmSync(witPath, { recursive: true })
  }
})
