/** The line that helps: for what a newcomer types wrong, it says what to type instead. */
import assert from 'node:assert/strict'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { gridJson, temporaryFolder } from './grid.ts'

const root = fileURLToPath(new URL('../../../../', import.meta.url))
const LZ4 = join(root, 'handlers/lz4/lz4.wasm')
const WORD_INDEX = join(root, 'handlers/word-index/word-index.wasm')
const folder = temporaryFolder()
const at = (...words: string[]): ReturnType<typeof gridJson> => gridJson(words, { cwd: folder })

/** Two arguments, and a result that is made of neither. */
const ADD = `(module (memory (export "memory") 1)
  (func (export "alloc") (param i32) (result i32) (i32.const 1024))
  (func (export "add") (param i32 i32) (result i64) (i64.const 0)))`
const TYPES = { format: 1, methods: { add: { arguments: { a: 'u8', b: 'u8' }, result: 'u8' } } }

function write(name: string, value: unknown): void {
  writeFileSync(join(folder, name), typeof value === 'string' ? value : JSON.stringify(value))
}

before(async () => {
  assert.equal((await at('init')).exit, 0)
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(join(root, 'node_modules/wabt'), join(folder, 'node_modules/wabt'))
  assert.equal((await at('handler', 'init', 'add', '--lang', 'wat')).exit, 0)
  write('add/handler.wat', ADD)
  write('add/types.json', TYPES)
  write('add/handler.json', { name: 'add', language: 'wat', methods: ['add'], types: 'types.json' })
  assert.equal((await at('handler', 'deploy', 'add')).exit, 0)
})

describe('what helps', () => {
  for (const [what, words, code, helps] of [
    ['an input that is not here', ['call', 'echo', '--input', 'none'], 'MISSING', /folder you are in/],
    ['a capability that is not here', ['call', 'echo', '--cap', 'none'], 'MISSING', /grid cap list/],
    ['JSON without quotes', ['call', 'add', '--input-json', '{a:1}'], 'USAGE', /'\{"name": "bob"/],
    ['a feature there is not', ['handler', 'inspect', LZ4, '--features', 'threads'], 'USAGE', /this list/],
    [
      'arguments of another type',
      ['call', 'add', '--input-json', '{"a":1,"b":256}'],
      'SHAPE',
      /grid handler types add`; spec\/types\.md/,
    ],
    [
      'arguments of another type, of a handler in the making',
      ['handler', 'run', 'add', '--input-json', '{"a":1}'],
      'SHAPE',
      /grid handler types add`; spec\/types\.md/,
    ],
    [
      'a reactor taken for a command',
      ['deploy', LZ4],
      'ADMIT',
      /--entry reactor --methods compress,decompress$/,
    ],
    [
      'a command taken for a reactor',
      ['deploy', WORD_INDEX, '--entry', 'reactor', '--methods', 'top'],
      'ADMIT',
      /--entry command/,
    ],
  ] as const)
    test(`is said of ${what}`, async () => {
      const { error } = await at(...words)
      assert.equal(error?.code, code)
      assert.match(error?.fix ?? '', helps)
      assert.doesNotMatch(`${error?.message} ${error?.fix}`, /message\.cddl|Fix:/)
    })

  test('is left out of what a vector got', async () => {
    write('add/vectors.json', [{ method: 'add', input: { json: { a: 1 } }, output: { json: 1 } }])
    const { exit, result } = await at('handler', 'test', 'add')
    assert.equal(exit, 3)
    const [{ got } = { got: '' }] = result['vectors'] as readonly { got: string }[]
    assert.match(got, /^SHAPE: .*"?b"?/)
    assert.doesNotMatch(got, /Fix:/)
  })

  test('is followed: the reactor is deployed by the words of the fix', async () => {
    const { error } = await at('deploy', LZ4)
    const [, words = ''] = /with (--entry .*)$/.exec(error?.fix ?? '') ?? []
    assert.equal((await at('deploy', LZ4, ...words.split(' '))).exit, 0)
  })
})
