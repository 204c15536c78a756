/** Types that an author states in a file: at `grid deploy`, in the description of a handler, and for its callers. */
import assert from 'node:assert/strict'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import wabt from 'wabt'

import { typesInJson } from '../types/types-file.ts'
import { grid, gridJson, temporaryFolder } from './grid.ts'

const root = fileURLToPath(new URL('../../../../', import.meta.url))
const folder = temporaryFolder()
const at = (...words: string[]): ReturnType<typeof gridJson> => gridJson(words, { cwd: folder })

/** Gives back what it is given. */
const ECHO = `(module (memory (export "memory") 1)
  (func (export "alloc") (param i32) (result i32) (i32.const 1024))
  (func (export "scale") (param i32 i32) (result i64)
    (i64.or (i64.shl (i64.extend_i32_u (local.get 0)) (i64.const 32)) (i64.extend_i32_u (local.get 1)))))`

const TYPES = {
  format: 1,
  methods: { scale: { arguments: { n: 'u8' }, result: { record: { n: 's8' } } } },
}
const DEPLOY = ['deploy', 'echo.wasm', '--entry', 'reactor', '--methods', 'scale']

function write(name: string, value: unknown): string {
  writeFileSync(join(folder, name), typeof value === 'string' ? value : JSON.stringify(value))
  return name
}

before(async () => {
  assert.equal((await at('init')).exit, 0)
  const module = (await wabt()).parseWat('echo.wat', ECHO)
  writeFileSync(join(folder, 'echo.wasm'), module.toBinary({}).buffer)
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(join(root, 'node_modules/wabt'), join(folder, 'node_modules/wabt'))
  write('scale.json', TYPES)
})

describe('types in a file', () => {
  test('are checked at every call, and told to callers', async () => {
    const { result, exit } = await at(...DEPLOY, '--name', 'scale', '--types', 'scale.json')
    assert.equal(exit, 0)
    assert.match(String(result['types']), /^bafy/)
    const call = (json: string) => at('call', 'scale', '--input-json', json)
    assert.equal((await call('{"n":127}')).exit, 0)
    assert.equal((await call('{"n":256}')).error?.code, 'SHAPE')
    assert.equal((await call('{"n":128}')).error?.code, 'TRAP')
    const [named, inFile] = await Promise.all(
      ['scale', 'scale.json'].map(async (each) => (await at('handler', 'types', each)).result['typescript']),
    )
    assert.match(String(named), /export interface Scale \{\n {2}readonly scale: \{/)
    assert.equal(named, inFile)
  })

  for (const [what, types, said] of [
    ['are no JSON', '{', /JSON/],
    ['are of no format', { methods: TYPES.methods }, /format 1/],
    [
      'name a type there is not',
      { format: 1, methods: { scale: { arguments: { n: 'u7' }, result: null } } },
      /"scale"/,
    ],
    [
      'are of a method that is not offered',
      { format: 1, methods: { skale: TYPES.methods.scale } },
      /"skale"/,
    ],
    ['say more than types', { ...TYPES, also: 1 }, /format 1/],
    ['are nested without end', '['.repeat(100_000), /JSON|block/],
    ['are nested too deep', `${'['.repeat(100_000)}${']'.repeat(100_000)}`, /block/],
    ['are empty', '', /empty/],
  ] as const)
    test(`are refused that ${what}`, async () => {
      const { error, exit } = await at(...DEPLOY, '--types', write('wrong.json', types))
      assert.deepEqual([exit, error?.code], [2, 'FILE'])
      assert.match(error?.message ?? '', said)
    })

  test('have to be there, to be text and to be as short as types can be', async () => {
    assert.equal((await at(...DEPLOY, '--types', 'none.json')).error?.code, 'MISSING')
    assert.throws(() => typesInJson(Uint8Array.of(0xff), 'x'), { code: 'FILE' })
    const long = `${JSON.stringify(TYPES)}${' '.repeat(256 * 1024)}`
    assert.equal((await at(...DEPLOY, '--types', write('long.json', long))).error?.code, 'FILE')
  })

  test('are not stated for a component that has others', async () => {
    const shelf = join(root, 'examples/20-typed/shelf.wasm')
    const stated = write('shelf.json', { format: 1, methods: { mean: TYPES.methods.scale } })
    const { error } = await at('deploy', shelf, '--methods', 'mean', '--types', stated)
    assert.equal(error?.code, 'ADMIT')
  })
})

describe('a handler in the making', () => {
  before(async () => {
    assert.equal((await grid(['handler', 'init', 'own', '--lang', 'wat'], { cwd: folder })).exit, 0)
    write('own/handler.wat', ECHO)
    write('own/types.json', TYPES)
    write('own/vectors.json', [
      { method: 'scale', input: { json: { n: 3 } }, output: { json: { n: 3 } } },
      { method: 'scale', input: { json: { n: -1 } }, error: 'SHAPE' },
      { method: 'scale', input: { json: { n: 200 } }, error: 'TRAP' },
    ])
  })

  const describeOwn = (more: object): string =>
    write('own/handler.json', { name: 'own', language: 'wat', methods: ['scale'], ...more })

  test('states its types, and is tried, called and deployed with them', async () => {
    describeOwn({ types: 'types.json' })
    assert.deepEqual((await at('handler', 'test', 'own')).result['failed'], 0)
    const ran = await at('handler', 'run', 'own', '--input-json', '{"n":300}')
    assert.equal(ran.error?.code, 'SHAPE')
    // A folder is asked before it is deployed, and by the same words afterwards.
    const before = (await at('handler', 'types', 'own')).result['typescript']
    assert.equal((await at('handler', 'deploy', 'own')).exit, 0)
    describeOwn({})
    assert.equal((await at('handler', 'types', 'own')).result['typescript'], before)
  })

  test('has vectors with floats that JSON writes as whole numbers, of either width and at any depth', async () => {
    const result = { record: { a: 'f64', b: { list: 'f32' }, c: { option: 'f64' }, d: 'u8' } }
    write('own/types.json', {
      format: 1,
      methods: { scale: { arguments: { v: result }, result: { record: { v: result } } } },
    })
    describeOwn({ types: 'types.json' })
    const tried = async (wanted: object) => {
      // {"v": {"a": 3.0, "b": [1.0, 0.1 of 32 bits], "c": -2.0, "d": 3}}
      const hex =
        'a16176a46161fb40080000000000006162' +
        '82fb3ff0000000000000fb3fb99999a0000000' +
        '6163fbc0000000000000006164'
      const given = { hex: `${hex}03` }
      write('own/vectors.json', [{ method: 'scale', input: given, output: { json: wanted } }])
      return at('handler', 'test', 'own')
    }
    const wanted = { a: 3, b: [1, 0.1], c: -2, d: 3 }
    assert.equal((await tried({ v: wanted })).exit, 0)
    for (const wrong of [
      { ...wanted, a: 4 },
      { ...wanted, b: [1, 0.2] },
      { ...wanted, d: 3.5 },
      { a: 3 },
      [3],
    ]) {
      const { exit, result: told } = await tried({ v: wrong })
      assert.equal(exit, 3)
      const [{ got } = { got: '' }] = told['vectors'] as readonly { got: string }[]
      assert.match(got, /^\{"v": \{"a": 3\.0, "b": \[1\.0, 0\.1\d*\], "c": -2\.0, "d": 3\}\}$/)
    }
    const ran = await at('handler', 'run', 'own', '--input-json', '{"v":{"a":0.5,"b":[],"d":7}}')
    assert.equal(ran.result['output'], '{"v": {"a": 0.5, "b": [], "d": 7}}')
    write('own/types.json', TYPES)
  })

  test('is not taken with types that are no file, are not there, or are wrong', async () => {
    for (const [types, code] of [
      [1, 'FILE'],
      ['none.json', 'MISSING'],
      ['handler.json', 'FILE'],
    ] as const) {
      describeOwn({ types })
      assert.equal((await at('handler', 'test', 'own')).error?.code, code)
    }
  })

  test('is not tried with a value that JSON cannot have', async () => {
    describeOwn({ types: 'types.json' })
    for (const input of [{ json: { '/': 1 } }, { json: 1, hex: '00' }, { other: 1 }]) {
      write('own/vectors.json', [{ method: 'scale', input, output: '' }])
      assert.equal((await at('handler', 'test', 'own')).error?.code, 'FILE')
    }
  })
})
