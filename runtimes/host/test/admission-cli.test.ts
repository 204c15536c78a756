/** What a node admits, stated by its operator in a file: at deployment, at calls, and told by `grid handler inspect`. */
import assert from 'node:assert/strict'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { grid, gridJson, temporaryFolder } from './grid.ts'

const folder = temporaryFolder()
const LZ4 = fileURLToPath(new URL('../../../handlers/lz4/lz4.wasm', import.meta.url))
const at = (...words: string[]): ReturnType<typeof gridJson> => gridJson(words, { cwd: folder })
const DEPLOY = ['deploy', LZ4, '--entry', 'reactor', '--methods', 'compress', '--name', 'lz4']

function write(name: string, value: unknown): string {
  writeFileSync(join(folder, name), typeof value === 'string' ? value : JSON.stringify(value))
  return name
}
const OWN = '.promisegrid/admission.json'

before(async () => void (await at('init')))
afterEach(() => rmSync(join(folder, OWN), { force: true }))

describe('a policy of admission', () => {
  test('that a file states holds at deployment', async () => {
    const strict = write('strict.json', { atMost: { functions: 1 } })
    const { error } = await at('--admission', strict, ...DEPLOY)
    assert.equal(error?.code, 'ADMIT')
    assert.match(error?.message ?? '', /this host allows 1 functions/)
    const wide = write('wide.json', { atMost: { functions: 5_000 }, features: ['bulk-memory'] })
    assert.equal((await at('--admission', wide, ...DEPLOY)).exit, 0)
  })

  test('that lies in the data folder holds for every command, also for calls of what is here', async () => {
    assert.equal((await at(...DEPLOY)).exit, 0)
    write('input', 'abc')
    write(OWN, { features: [] })
    const call = await at('call', 'lz4', 'compress', '--input', 'input')
    assert.equal(call.error?.code, 'ADMIT')
    assert.equal((await at(...DEPLOY)).error?.code, 'ADMIT')
    // A file that is named stands for it.
    const wide = write('wide.json', {})
    assert.equal((await at('--admission', wide, 'call', 'lz4', 'compress', '--input', 'input')).exit, 0)
  })

  for (const tier of ['thread', 'process']) {
    test(`holds where code runs in a ${tier} of its own`, async () => {
      const policy = write('some.json', { features: [] })
      assert.equal((await at('--isolation', tier, '--admission', policy, ...DEPLOY)).error?.code, 'ADMIT')
      write(OWN, { features: [] })
      assert.equal((await at('--isolation', tier, ...DEPLOY)).error?.code, 'ADMIT')
      const wide = write('wide.json', {})
      assert.equal((await at('--isolation', tier, '--admission', wide, ...DEPLOY)).exit, 0)
    })
  }

  for (const [what, policy] of [
    ['no JSON', '{'],
    ['no map', [1]],
    ['an unknown field', { most: {} }],
    ['a bound of nothing', { atMost: { colours: 1 } }],
    ['a bound that is no number', { atMost: { functions: '1' } }],
    ['a bound below nothing', { atMost: { functions: -1 } }],
    ['a feature there is not', { features: ['threads'] }],
    ['a feature instead of a list', { features: 'simd' }],
    ['imports that are no texts', { imports: [1] }],
  ] as const)
    test(`is refused that is or has ${what}`, async () => {
      const { error, exit } = await at('--admission', write('wrong.json', policy), ...DEPLOY)
      assert.deepEqual([exit, error?.code], [2, 'FILE'])
    })

  test('has to be there when it is named', async () => {
    assert.equal((await at('--admission', 'none.json', ...DEPLOY)).error?.code, 'MISSING')
  })

  test('tells all that it has against code, which is not taken for that', async () => {
    write(OWN, { atMost: { functions: 1, types: 1, tables: 9 }, features: ['simd'] })
    const { exit, error } = await at('handler', 'inspect', LZ4)
    assert.deepEqual([exit !== 0, error?.code], [true, 'ADMIT'])
    assert.equal(error?.message.split('; ').length, 3)
    const { stdout } = await grid(['handler', 'inspect', LZ4], { cwd: folder })
    assert.match(stdout.toString(), /^functions +\d/m)
    assert.match(stdout.toString(), /^admitted +no: this host allows 1 functions, it has \d+$/m)
    assert.match(stdout.toString(), /^ +this host does not allow the feature bulk-memory$/m)
    const wide = write('wide.json', {})
    assert.equal((await at('--admission', wide, 'handler', 'inspect', LZ4)).exit, 0)
  })
})
