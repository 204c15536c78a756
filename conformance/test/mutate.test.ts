/** The mutation score counts what tests miss: asked about a gate in a miniature of this repository. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'

import { run } from './package.ts'
import { root } from './repository.ts'
import type { TestContext } from 'node:test'

const GATE = 'export const isOpen = (now, ends) => now < ends\n'
const BEFORE = 'assert.ok(isOpen(1, 2) && !isOpen(3, 2))'
const AT_THE_END = 'assert.ok(!isOpen(2, 2))'
const LATER = { file: 'gate.js', code: GATE.trim(), change: '< -> <=', reason: 'nobody comes that late' }

/** Judges the tests of the gate by the mistakes that can be made in it. */
async function mutate(t: TestContext, tests: readonly string[], equivalent: readonly object[] = []) {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'mutate-')))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  mkdirSync(join(folder, 'dist'))
  const write = (path: string, text: string): void => writeFileSync(join(folder, path), text)
  const imports = ['node:test', 'node:assert/strict', './gate.js']
  const names = ['{ test }', 'assert', '{ isOpen }']
  const head = imports.map((from, index) => `import ${names[index]} from '${from}'`)
  write('package.json', '{ "type": "module" }')
  write('dist/gate.js', GATE)
  write('dist/gate.test.js', [...head, ...tests.map((each) => `test('gate', () => { ${each} })`)].join('\n'))
  write('targets.json', JSON.stringify({ 'gate.js': ['gate'] }))
  write('equivalent.json', JSON.stringify(equivalent))
  const tool = join(root, 'conformance/tools/mutate.mjs')
  const asked = ['--all', '--lanes', '1', '--root', folder, '--targets', join(folder, 'targets.json')]
  const { status, output } = await run(root, process.execPath, [tool, ...asked])
  return { status, output, gate: readFileSync(join(folder, 'dist/gate.js'), 'utf8') }
}

describe('the mutation score', () => {
  test('names the mistake that no test notices, and leaves the code alone', async (t) => {
    const { status, output, gate } = await mutate(t, [BEFORE])
    assert.match(output, /survived: gate\.js:1 {2}< -> <=/)
    assert.match(output, /all +0\.0 %/)
    assert.equal(status, 1)
    assert.equal(gate, GATE)
  })

  test('is full when every mistake is noticed', async (t) => {
    const { status, output } = await mutate(t, [BEFORE, AT_THE_END])
    assert.match(output, /all +100\.0 %/)
    assert.equal(status, 0)
  })

  test('does not count a test that fails anyway, and says so', async (t) => {
    const { status, output } = await mutate(t, [BEFORE, AT_THE_END.replace('!', '')])
    assert.match(output, /survived/)
    assert.match(output, /fails with nothing changed: gate: gate/)
    assert.equal(status, 1)
  })

  test('refuses an excuse for a mistake that cannot be made any more', async (t) => {
    const { status, output } = await mutate(t, [BEFORE], [{ ...LATER, change: '<= -> <' }])
    assert.match(output, /listed as equivalent, and not there/)
    assert.equal(status, 1)
  })
})
