/** What makes two runs of the tests alike, and what lets test files share a process. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
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
  test('are all that have no hook outside every describe, each of them once', async (t) => {
    const { together } = (await import(pathToFileURL(join(root, 'conformance/tools/together.mjs')).href)) as {
      together: (files: readonly string[], folder: string, size: number) => readonly string[]
    }
    const folder = mkdtempSync(join(tmpdir(), 'promisegrid-together-'))
    t.after(() => rmSync(folder, { recursive: true }))
    const file = (name: string, text: string): string => {
      const path = join(folder, `${name}.test.js`)
      writeFileSync(path, text)
      return path
    }
    const [d, b, a, c] = ['d', 'b', 'a', 'c'].map((name) => file(name, 'test("a claim", () => {})\n'))
    const inside = file('e', 'describe("a", () => {\n  before(() => {})\n})\n')
    const outside = ['before', 'after', 'beforeEach', 'afterEach'].map((hook) =>
      file(hook, `import "x"\n${hook}(() => {})\n`),
    )
    const run = together([d, ...outside, b, a, inside, c].map(String), folder, 2)
    const imported = run
      .filter((path) => path.endsWith('.mjs'))
      .map((path) => [...readFileSync(path, 'utf8').matchAll(/^import "(.+)"$/gm)].map(([, url]) => url))
    const urls = (...paths: (string | undefined)[]) => paths.map((path) => pathToFileURL(String(path)).href)
    assert.deepEqual(imported, [urls(a, b), urls(c, d), urls(inside)])
    assert.deepEqual(run.slice(imported.length), outside)
  })
})
