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
/** Each of these is left out once. */
const CHECKS = [
  'export const isOpen = (now, ends) => now >= 0 && now < ends && ends < 9',
  'export const refusal = (now, ends) => early(now) ?? late(now, ends)',
  'export const refusals = (now, ends) => [early(now), late(now, ends), now]',
  'export function enter(now) { demandDay(now); if (now > 9) return late(now, 9) }',
]
const LATER = { file: 'gate.js', code: GATE.trim(), change: '< -> <=', reason: 'nobody comes that late' }
const tool = join(root, 'conformance/tools/mutate.mjs')

/** Judges the tests of the gate by the mistakes that can be made in it. */
async function mutate(
  t: TestContext,
  tests: readonly string[],
  equivalent: readonly object[] = [],
  { gate = GATE, options = [] as readonly string[] } = {},
) {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'mutate-')))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  mkdirSync(join(folder, 'dist'))
  const write = (path: string, text: string): void => writeFileSync(join(folder, path), text)
  const imports = ['node:test', 'node:assert/strict', './gate.js']
  const names = ['{ test }', 'assert', '{ isOpen }']
  const head = imports.map((from, index) => `import ${names[index]} from '${from}'`)
  write('package.json', '{ "type": "module" }')
  write('dist/gate.js', gate)
  write('dist/gate.test.js', [...head, ...tests.map((each) => `test('gate', () => { ${each} })`)].join('\n'))
  write('targets.json', JSON.stringify({ 'gate.js': ['gate'] }))
  write('equivalent.json', JSON.stringify(equivalent))
  const asked = ['--all', '--lanes', '1', '--root', folder, '--targets', join(folder, 'targets.json')]
  const { status, output } = await run(root, process.execPath, [tool, ...asked, ...options])
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

  test('leaves out every single check when asked for drops, and makes no other mistake', async (t) => {
    const options = ['--drops', '--list']
    const { status, output } = await mutate(t, [BEFORE], [], { gate: CHECKS.join('\n'), options })
    assert.equal(status, 0)
    assert.deepEqual(output.trim().split('\n'), [
      'gate.js:1  now >= 0 && now < ends -> (now < ends)',
      'gate.js:1  now >= 0 && now < ends -> (now >= 0)',
      'gate.js:1  now >= 0 && now < ends && ends < 9 -> (now >= 0 && now < ends)',
      'gate.js:2  early(now) ?? late(now, ends) -> (early(now))',
      'gate.js:2  early(now) ?? late(now, ends) -> (late(now, ends))',
      'gate.js:3  early(now) -> ...[]',
      'gate.js:3  late(now, ends) -> ...[]',
      'gate.js:4  demandDay(now); -> ;',
      'gate.js:4  return late(now, 9) -> { }',
    ])
  })

  test('has no excuse here for a mistake that cannot be made any more', async () => {
    const { status, output } = await run(root, process.execPath, [tool, '--all', '--list'])
    assert.equal(status, 0, output)
  })
})
