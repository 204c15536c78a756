/** `grid handler inspect` says what code is without running it: from a file, by CID, by name. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { grid, gridJson, temporaryFolder } from './grid.ts'

const folder = temporaryFolder()
const LZ4 = fileURLToPath(new URL('../../../handlers/lz4/lz4.wasm', import.meta.url))
const COMPONENT = fileURLToPath(new URL('../../../examples/17-component/reverse.wasm', import.meta.url))

const at = (...words: string[]): ReturnType<typeof gridJson> => gridJson(words, { cwd: folder })

interface Inspected {
  readonly kind: string
  readonly imports: readonly string[]
  readonly exports: readonly (readonly [string, string])[]
  readonly facts: { readonly features: readonly string[]; readonly memoryPages: readonly number[] }
}

before(async () => void (await at('init')))

describe('inspecting code', () => {
  test('tells imports, exports, memory and features of a file, and of the same by name and CID', async () => {
    const { result } = await at('handler', 'inspect', LZ4)
    const { kind, exports, facts } = result as unknown as Inspected
    assert.equal(kind, 'module')
    assert.deepEqual(new Map(exports).get('compress'), 'ii:I')
    assert.deepEqual(facts.features, ['bulk-memory'])
    const deployed = await at('deploy', LZ4, '--entry', 'reactor', '--methods', 'compress', '--name', 'lz4')
    const { protocol, code } = deployed.result as { protocol: string; code: string }
    for (const name of ['lz4', protocol, code])
      assert.deepEqual((await at('handler', 'inspect', name)).result, result)
    const { stdout } = await grid(['handler', 'inspect', 'lz4'], { cwd: folder })
    assert.match(stdout.toString(), /^features +bulk-memory$/m)
    assert.match(stdout.toString(), /^admitted +yes$/m)
  })

  test('tells a component from a module', async () => {
    const { kind, exports } = (await at('handler', 'inspect', COMPONENT)).result as unknown as Inspected
    assert.equal(kind, 'component')
    assert.ok(exports.length > 0)
  })

  test('says why code is not admitted, here or by a policy that is asked about', async () => {
    const refused = async (...words: string[]): Promise<string> => {
      const { exit, error } = await at('handler', 'inspect', ...words)
      assert.notEqual(exit, 0)
      return `${error?.code}: ${error?.message}`
    }
    assert.match(await refused(LZ4, '--features', 'simd'), /^ADMIT: .*bulk-memory/)
    writeFileSync(join(folder, 'torn.wasm'), Buffer.from('0061736d01000000', 'hex'))
    assert.match(await refused('torn.wasm'), /^ADMIT: .*no memory/)
    writeFileSync(join(folder, 'text.wasm'), 'no code at all')
    assert.match(await refused('text.wasm'), /^ADMIT: /)
    assert.match(await refused(LZ4, '--features', 'threads'), /^USAGE: .*threads/)
    assert.match(await refused('nothing'), /^MISSING: /)
  })

  test('tells of a native handler that it is no WebAssembly', async () => {
    const { error } = await at('handler', 'inspect', 'echo')
    assert.equal(error?.code, 'USAGE')
  })
})
