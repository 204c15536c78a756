/** What makes two runs of the tests alike, and what lets test files share a process. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'

import { fc, SEED } from './laws.ts'
import { root } from './repository.ts'

const drawing = `
  const { fc } = await import(process.argv[1])
  console.log(JSON.stringify(fc.sample(fc.integer())))`

function drawnBy(seed: string) {
  const laws = new URL('./laws.js', import.meta.url).href
  const env = { ...process.env, PROMISEGRID_SEED: seed }
  return spawnSync(process.execPath, ['--input-type=module', '--eval', drawing, laws], {
    env,
    encoding: 'utf8',
  })
}

describe('inputs that are drawn', () => {
  test('are the same for the same seed, and others for another', () => {
    assert.equal(fc.readConfigureGlobal().seed, SEED)
    assert.deepEqual(fc.sample(fc.integer()), fc.sample(fc.integer()))
    assert.deepEqual(JSON.parse(drawnBy(String(SEED)).stdout), fc.sample(fc.integer()))
    assert.notDeepEqual(JSON.parse(drawnBy(String(SEED + 1)).stdout), fc.sample(fc.integer()))
  })

  for (const seed of ['', '1.5', '-1', 'chance', String(2 ** 31)])
    test(`are not drawn from the seed "${seed}"`, () => {
      const { status, stderr } = drawnBy(seed)
      assert.equal(status, 1)
      assert.match(stderr, /PROMISEGRID_SEED is a whole number/)
    })
})

describe('test files that share a process', () => {
  const folder = mkdtempSync(join(tmpdir(), 'promisegrid-together-'))
  after(() => rmSync(folder, { recursive: true }))

  /** Files that run in the place of these, and what each of them imports. */
  async function together(files: readonly string[], size: number) {
    const tool = pathToFileURL(join(root, 'conformance/tools/together.mjs')).href
    const { together } = (await import(tool)) as {
      together: (files: readonly string[], folder: string, size: number) => readonly string[]
    }
    return together(files, folder, size)
  }
  const file = (name: string, text: string): string => {
    const path = join(folder, `${name}.test.js`)
    writeFileSync(path, text)
    return path
  }

  test('are all that do not look at the process, each of them once', async () => {
    const [d, b, a, c] = ['d', 'b', 'a', 'c'].map((name) => file(name, ''))
    const confinement = file('confinement', '')
    const run = await together([d, confinement, b, a, c].map(String), 3)
    const urls = (...paths: (string | undefined)[]) => paths.map((path) => pathToFileURL(String(path)).href)
    const imported = run
      .filter((path) => path.endsWith('.mjs'))
      .map((path) => [...readFileSync(path, 'utf8').matchAll(/import\("(.+?)"\)/g)].map(([, url]) => url))
    assert.deepEqual(imported, [urls(a, b, c), urls(d)])
    assert.deepEqual(run.slice(imported.length), [confinement])
  })

  test('have hooks of their own, and one that cannot be loaded fails alone', async () => {
    const seen = join(folder, 'seen')
    const head = `const { test, ...hooks } = await import('node:test')
      const { appendFileSync } = await import('node:fs')
      const say = (word) => () => appendFileSync(${JSON.stringify(seen)}, word + ' ')\n`
    const hooks = ['before', 'beforeEach', 'afterEach', 'after']
    const hooked = hooks.map((hook) => `hooks.${hook}(say('${hook}'))\n`).join('')
    const files = [
      file('x', `${head}${hooked}test('x', say('x'))`),
      file('y', `throw new Error('no such file')`),
      file('z', `${head}test('z', say('z'))`),
    ]
    const [path = ''] = await together(files, 3)
    // Within a run of the tests a test file tells its outcome in another way.
    const { NODE_TEST_CONTEXT: _, ...env } = process.env
    const { stdout, status } = spawnSync(process.execPath, ['--test-reporter=tap', path], {
      ...{ env, encoding: 'utf8' },
    })
    assert.notEqual(status, 0)
    assert.equal(readFileSync(seen, 'utf8'), 'before beforeEach x afterEach after z ')
    assert.match(stdout, /not ok 1 - can be loaded\n(.*\n)*? +error: 'no such file'/)
    assert.match(stdout, /# pass 2\n# fail 1\n/)
  })
})
