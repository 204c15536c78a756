import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'

import { runVectors } from '../run-vectors.ts'
import { heard } from './heard.ts'
import type { Heard } from './heard.ts'

const runner = fileURLToPath(new URL('../run.js', import.meta.url))
/** An adapter has to be started for the first answer, which takes long on a busy machine. */
const PATIENT = ['--timeout', '300000']
const adapter = fileURLToPath(new URL('../adapter.js', import.meta.url))

describe('the runner', () => {
  // vectors.test.ts asks the same of the implementation with the cryptography of a browser.
  it('finds our implementation right in every chapter with the cryptography of Node', async () => {
    const { status, stdout } = await run('env', 'PROMISEGRID_CRYPTO=node', process.execPath, adapter)
    assert.equal(status, 0, stdout)
    assert.match(stdout, /^dispatch +\d+ passed, 0 failed, 0 skipped$/m)
    assert.match(stdout, /\n\d{3,} passed, 0 failed, 0 skipped\n$/)
  })

  it('finds an implementation wrong that accepts everything', async () => {
    const { status, stdout } = await runOn('cbor', `answer(id, { ok: { encoded: question.input } })`)
    assert.equal(status, 1)
    assert.match(stdout, /FAIL cbor: a long zero\n {2}accepted, though it must be refused with CANON/)
  })

  it('finds an implementation wrong that refuses everything', async () => {
    const { status, stdout } = await runOn('cbor', `answer(id, { refused: { code: 'SHAPE' } })`)
    assert.equal(status, 1)
    assert.match(stdout, /FAIL cbor: zero\n {2}refused with SHAPE, though it is valid/)
  })

  it('does not take a run as passed in which everything was skipped', async () => {
    const { status, stdout } = await runOn('genesis', `answer(id, { skipped: 'not yet' })`)
    assert.equal(status, 1)
    assert.match(stdout, /SKIP genesis: one root\n {2}not yet/)
  })

  it('goes on after an error of the adapter and counts it', async () => {
    const { status, stdout } = await runOn('cache-key', `answer(id, { error: 'no hash here' })`)
    assert.equal(status, 1)
    assert.match(stdout, /FAIL cache-key: .*\n {2}no hash here\n/)
    assert.match(stdout, /\n0 passed, 8 failed, 0 skipped\n$/)
  })

  const endings: [string, string, RegExp][] = [
    ['dies', `process.exit(3)`, /^the adapter ended with exit code 3\n {2}at cache-key: /],
    ['writes no JSON', `console.log('hello')`, /^the adapter wrote a line that is no JSON object: hello/],
    [
      'answers another question',
      `answer(id + 1, { ok: 1 })`,
      /^the adapter answered question 2, asked was 1/,
    ],
    ['answers nothing known', `answer(id, { fine: true })`, /^the adapter answered with none of ok, refused/],
  ]
  for (const [what, body, expected] of endings) {
    it(`says so when the adapter ${what}`, async () => {
      const { status, stdout, stderr } = await runOn('cache-key', body)
      assert.equal(status, 1, stdout)
      assert.match(stderr, expected)
    })
  }

  it('says so when the adapter is silent, after as long as it was told to wait', async () => {
    const { status, stderr } = await runOn('cache-key', '', '--timeout', '100')
    assert.equal(status, 1)
    assert.match(stderr, /^the adapter did not answer question 1 in 100 ms\n {2}at cache-key: /)
  })

  it('says so when the adapter cannot be started', async () => {
    const { status, stderr } = await run('./no-such-program')
    assert.equal(status, 1)
    assert.match(stderr, /^the adapter cannot be started: /)
  })

  it('is a program that says the same, and ends with what came of it', () => {
    const words = ['--chapter', 'cache-key', ...PATIENT, '--', process.execPath, adapter]
    const { status, stdout } = spawnSync(process.execPath, [runner, ...words], { encoding: 'utf8' })
    assert.equal(status, 0)
    assert.match(stdout, /^cache-key +8 passed, 0 failed, 0 skipped\n8 passed, 0 failed, 0 skipped\n$/)
    assert.equal(spawnSync(process.execPath, [runner, '--odd']).status, 2)
  })

  it('explains how it is called', async () => {
    for (const args of [
      [],
      ['--'],
      ['--chapter', 'none', '--', 'x'],
      ['--timeout', 'x', '--', 'x'],
      ['--odd', '--', 'x'],
    ]) {
      const { status, stderr } = await heard((says) => runVectors(args, says))
      assert.equal(status, 2, args.join(' '))
      assert.match(stderr, /usage: run/)
    }
  })
})

function run(...command: string[]): Promise<Heard> {
  return heard((says) => runVectors([...PATIENT, '--', ...command], says))
}

/** Runs one chapter against an adapter whose answer to each question is this code. */
function runOn(chapter: string, body: string, ...options: string[]): Promise<Heard> {
  const code = `
    const answer = (id, said) => console.log(JSON.stringify({ id, ...said }))
    require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
      const { id, question } = JSON.parse(line)
      ${body}
    })`
  const words = ['--chapter', chapter, ...PATIENT, ...options, '--', process.execPath, '-e', code]
  return heard((says) => runVectors(words, says))
}
