/** Handlers with types, called with values: what is checked where, and what their callers are told of them. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import wabt from 'wabt'

import { encodeDagCbor } from '../../../promisebase/index.ts'
import { readTypes } from '../../../kernel/index.ts'
import { createHost } from '../index.ts'
import { typeName, writeTypeScript } from '../types/typescript.ts'
import { grid, gridJson, temporaryFolder } from './grid.ts'
import type { HandlerTypes } from '../../../kernel/index.ts'
import type { Shelf } from '../../../examples/20-typed/shelf.ts'

const root = fileURLToPath(new URL('../../../../', import.meta.url))
const file = join(root, 'examples/20-typed/shelf.wasm')
const shelf = readFileSync(file)
const written = readFileSync(join(root, 'examples/20-typed/shelf.ts'), 'utf8')
const METHODS = ['mean', 'rest', 'sort', 'split']

const novel = {
  title: 'b',
  year: 1900,
  genre: 'novel',
  marks: ['torn', 'lent'],
  rating: 4,
  'bytes-long': 9n,
} as const
const poem = { title: 'a', year: 2000, genre: 'poetry', marks: [], 'bytes-long': 2n ** 63n } as const

test('a component is called with values, and gives values', async () => {
  await using host = await createHost()
  const protocol = await host.deploy(shelf, { methods: METHODS })
  const handler = await host.typed<Shelf>(protocol)
  const sorted = await handler.call('sort', { books: [novel, poem], by: 'by-title' })
  assert.ok(sorted.status === 'kept')
  assert.deepEqual(sorted.value, [poem, { ...novel, marks: ['lent', 'torn'] }])
  const mean = await handler.call('mean', { ratings: [1, 2, 6] })
  assert.equal(mean.status === 'kept' && mean.value, 3)
  const split = await handler.call('split', { name: ['abc', 'z'], cover: Uint8Array.of(1) })
  assert.deepEqual(split.status === 'kept' && split.value, [3, -122, { ok: Uint8Array.of(1) }])
  const rest = await handler.call('rest', {})
  assert.ok(rest.status === 'kept' && rest.value === undefined)
  const failed = await handler.call('sort', { books: [], by: { 'from-year': 0 } })
  assert.ok(failed.status === 'refused' && failed.code === 'HANDLER')
})

test('what no bytes can say names its place too', async () => {
  await using host = await createHost()
  const protocol = await host.deploy(shelf, { methods: METHODS })
  const handler = await host.typed<Shelf>(protocol)
  const refuses = (method: 'mean' | 'sort', given: unknown, message: RegExp): Promise<void> =>
    assert.rejects(handler.call(method, given as never), { name: 'TypeError', message })
  await refuses('mean', { ratings: [1, NaN] }, /^arguments\.ratings\[1\]: NaN is/)
  await refuses('mean', { ratings: [Infinity] }, /^arguments\.ratings\[0\]: Infinity is/)
  await refuses('mean', { ratings: [1, undefined] }, /^arguments\.ratings\[1\]: undefined cannot/)
  const within = (book: object): unknown => ({ books: [novel, { ...poem, ...book }], by: 'by-title' })
  await refuses('sort', within({ year: NaN }), /^arguments\.books\[1\]\.year: NaN is/)
  await refuses('sort', within({ title: '\ud800' }), /^arguments\.books\[1\]\.title: .*surrogate/)
  await refuses('sort', { books: [], by: { 'from-year': NaN } }, /^arguments\.by\.from-year: NaN is/)
  const endless: Record<string, unknown> = {}
  endless['more'] = endless
  await refuses(
    'sort',
    { books: [], by: 'by-title', more: endless },
    /^arguments\.more\.more\..*nested deeper/,
  )
})

test('what is not of its type is no message, and a message of it is refused before anything runs', async () => {
  await using host = await createHost()
  const protocol = await host.deploy(shelf, { methods: METHODS })
  const handler = await host.typed<Shelf>(protocol)
  const wrong = { books: [{ ...poem, year: -1 }], by: 'by-title' } as const
  await assert.rejects(handler.call('sort', wrong), {
    name: 'TypeError',
    message: 'arguments.books[0].year is no u16',
  })
  for (const each of [
    { books: [] },
    { books: [], by: 'by-title', more: 1 },
    { books: {}, by: 'by-title' },
    [],
  ])
    await assert.rejects(handler.call('sort', each as never), TypeError)
  await assert.rejects(handler.call('nothing' as 'rest', {}), { code: 'USAGE' })
  const told = await host.call({ protocol, method: 'sort', input: encodeDagCbor({ books: [] }) })
  assert.ok(told.status === 'refused' && told.code === 'SHAPE' && told.signed)
  assert.match(told.detail ?? '', /arguments\.by is missing/)
})

/** A reactor that gives back what it is given, under types of its deployer. */
const TYPES: HandlerTypes = new Map([
  [
    'handle',
    {
      arguments: new Map([['n', { kind: 'scalar', name: 'u8' }]]),
      result: { kind: 'record', fields: new Map([['n', { kind: 'scalar', name: 's8' }]]) },
    },
  ],
])

async function echo(): Promise<Uint8Array> {
  const module = (await wabt()).parseWat(
    'echo.wat',
    `(module (memory (export "memory") 1)
      (func (export "alloc") (param i32) (result i32) (i32.const 1024))
      (func (export "handle") (param i32 i32) (result i64)
        (i64.or (i64.shl (i64.extend_i32_u (local.get 0)) (i64.const 32)) (i64.extend_i32_u (local.get 1)))))`,
  )
  return module.toBinary({}).buffer
}

test('types that a deployer states hold for any handler, and a result that is not of them is a trap', async () => {
  await using host = await createHost()
  const deployed = { entry: 'reactor', methods: ['handle'], types: TYPES }
  const protocol = await host.deploy(await echo(), deployed)
  const handler = await host.typed<{
    readonly handle: { readonly arguments: { n: number }; readonly result: { n: number } }
  }>(protocol)
  const kept = await handler.call('handle', { n: 127 })
  assert.deepEqual(kept.status === 'kept' && kept.value, { n: 127 })
  const wrong = await handler.call('handle', { n: 128 })
  assert.ok(wrong.status === 'refused' && wrong.code === 'TRAP')
  assert.match(wrong.detail ?? '', /not of the type it states: result\.n is no s8/)
  // A CID names the same types where they are already.
  const { types } = await host.typed(protocol)
  assert.deepEqual(types, TYPES)
})

test('refuses a message to a handler whose types are not here, or are none', async () => {
  await using host = await createHost()
  const code = await echo()
  const other = await host.put(new Uint8Array(3))
  await assert.rejects(host.deploy(code, { entry: 'reactor', methods: ['handle'], types: other }), TypeError)
  const protocol = await host.deploy(code, { entry: 'reactor', methods: ['handle'] })
  await assert.rejects(host.typed(protocol), { code: 'MISSING' })
  const elsewhere = await host.store.transact(async (transaction) => {
    const { encodeDescriptor, readDescriptor } = await import('../../../kernel/index.ts')
    const block = await transaction.getBlock(protocol)
    const { ok } = readDescriptor(block ?? new Uint8Array(0))
    assert.ok(ok)
    // A block that is here and states no types, and one that is not here.
    const none = encodeDescriptor({ ...ok, types: protocol })
    const { CODEC, hashBlock, nobleCrypto } = await import('../../../promisebase/index.ts')
    const absent = hashBlock(nobleCrypto.sha256, CODEC.dagCbor, encodeDagCbor({ nobody: 'has this' }))
    return [none, encodeDescriptor({ ...ok, types: absent })].map((bytes) =>
      transaction.putBlock(bytes, CODEC.dagCbor),
    )
  })
  const codes = await Promise.all(
    elsewhere.map(async (each) => {
      const told = await host.call({ protocol: each, method: 'handle' })
      return told.status === 'refused' && told.code
    }),
  )
  assert.deepEqual(codes, ['DESCRIPTOR', 'MISSING'])
})

test('writes the interface that this file and the example were compiled with', async () => {
  const folder = temporaryFolder()
  const { stdout, exit } = await grid(['handler', 'types', file], { cwd: folder })
  assert.equal(exit, 0)
  assert.equal(stdout.toString(), written)
  assert.equal((await grid(['init'], { cwd: folder })).exit, 0)
  const words = ['deploy', file, '--name', 'shelf', '--methods', METHODS.join(',')]
  assert.equal((await gridJson(words, { cwd: folder })).exit, 0)
  const here = await grid(['handler', 'types', 'shelf'], { cwd: folder })
  assert.equal(here.stdout.toString(), written)
  assert.equal((await gridJson(['handler', 'types', 'echo'], { cwd: folder })).error?.code, 'MISSING')
  assert.equal((await gridJson(['handler', 'types', 'nobody'], { cwd: folder })).error?.code, 'MISSING')
  const echoed = join(root, 'runtimes/wasi/component/guest/built/echo.wasm')
  assert.equal((await gridJson(['handler', 'types', echoed], { cwd: folder })).error?.code, 'MISSING')
})

test('names things so that TypeScript can have them', () => {
  assert.deepEqual(['say-hello', 'v2.1', '2nd', '--'].map(typeName), [
    'SayHello',
    'V21',
    'Handler2nd',
    'Handler',
  ])
  const link: HandlerTypes = new Map([
    ['get', { arguments: new Map([['at', { kind: 'scalar', name: 'link' }]]), result: undefined }],
  ])
  assert.match(writeTypeScript(link, 'Get', 'x'), /^import type \{ CID \} from 'multiformats\/cid'\n/)
  assert.equal(readTypes(new Uint8Array(0)).refused?.code, 'DESCRIPTOR')
})

test('no name that a stranger gave a method becomes code of whoever has its types written', () => {
  const names = [
    "x': any }; globalThis.evil = 1; export interface Z { 'y",
    'a"b',
    'back\\slash',
    "ends\\'",
    'two\nlines\u2028and\u2029more',
    '*/ globalThis.evil = 1 /*',
    '__proto__',
    '${evil}',
  ]
  const types: HandlerTypes = new Map(
    names.map((name) => [name, { arguments: new Map(), result: undefined }]),
  )
  const written = writeTypeScript(types, 'Strange', '*/ globalThis.evil = 1 /*')
  const { statements } = ts.createSourceFile('strange.ts', written, ts.ScriptTarget.ES2022)
  const [only, ...others] = statements
  assert.deepEqual(others, [])
  assert.ok(only !== undefined && ts.isInterfaceDeclaration(only))
  const properties = only.members.map(({ name }) => (name && 'text' in name ? name.text : undefined))
  assert.deepEqual(properties, names)
})
