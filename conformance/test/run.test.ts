import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'

const runner = fileURLToPath(new URL('../run.js', import.meta.url))
/** An adapter has to be started for the first answer, which takes long on a busy machine. */
const PATIENT = ['--timeout', '300000']
const adapter = fileURLToPath(new URL('../adapter.js', import.meta.url))

describe('the runner', () => {
  // vectors.test.ts asks the same of the implementation with the cryptography of a browser.
  it('finds our implementation right in every chapter with the cryptography of Node', () => {
    const { status, stdout } = run('env', 'PROMISEGRID_CRYPTO=node', process.execPath, adapter)
    assert.equal(status, 0, stdout)
    assert.match(stdout, /^dispatch +\d+ passed, 0 failed, 0 skipped$/m)
    assert.match(stdout, /\n\d{3,} passed, 0 failed, 0 skipped\n$/)
  })

  it('finds an implementation wrong that accepts everything', () => {
    const { status, stdout } = runOn('cbor', `answer(id, { ok: { encoded: question.input } })`)
    assert.equal(status, 1)
    assert.match(stdout, /FAIL cbor: a long zero\n {2}accepted, though it must be refused with CANON/)
  })

  it('finds an implementation wrong that refuses everything', () => {
    const { status, stdout } = runOn('cbor', `answer(id, { refused: { code: 'SHAPE' } })`)
    assert.equal(status, 1)
    assert.match(stdout, /FAIL cbor: zero\n {2}refused with SHAPE, though it is valid/)
  })

  it('does not take a run as passed in which everything was skipped', () => {
    const { status, stdout } = runOn('genesis', `answer(id, { skipped: 'not yet' })`)
    assert.equal(status, 1)
    assert.match(stdout, /SKIP genesis: one root\n {2}not yet/)
  })

  it('goes on after an error of the adapter and counts it', () => {
    const { status, stdout } = runOn('cache-key', `answer(id, { error: 'no hash here' })`)
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
    it(`says so when the adapter ${what}`, () => {
      const { status, stdout, stderr } = runOn('cache-key', body)
      assert.equal(status, 1, stdout)
      assert.match(stderr, expected)
    })
  }

  it('says so when the adapter is silent, after as long as it was told to wait', () => {
    const { status, stderr } = runOn('cache-key', '', '--timeout', '100')
    assert.equal(status, 1)
    assert.match(stderr, /^the adapter did not answer question 1 in 100 ms\n {2}at cache-key: /)
  })

  it('says so when the adapter cannot be started', () => {
    const { status, stderr } = run('./no-such-program')
    assert.equal(status, 1)
    assert.match(stderr, /^the adapter cannot be started: /)
  })

  it('explains how it is called', () => {
    for (const args of [
      [],
      ['--'],
      ['--chapter', 'none', '--', 'x'],
      ['--timeout', 'x', '--', 'x'],
      ['--odd', '--', 'x'],
    ]) {
      const { status, stderr } = spawnSync(process.execPath, [runner, ...args], { encoding: 'utf8' })
      assert.equal(status, 2, args.join(' '))
      assert.match(stderr, /usage: run/)
    }
  })
})

function run(...command: string[]) {
  return spawnSync(process.execPath, [runner, ...PATIENT, '--', ...command], { encoding: 'utf8' })
}

/** Runs one chapter against an adapter whose answer to each question is this code. */
function runOn(chapter: string, body: string, ...options: string[]) {
  const code = `
    const answer = (id, said) => console.log(JSON.stringify({ id, ...said }))
    require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
      const { id, question } = JSON.parse(line)
      ${body}
    })`
  const args = [runner, '--chapter', chapter, ...PATIENT, ...options, '--', process.execPath, '-e', code]
  return spawnSync(process.execPath, args, { encoding: 'utf8' })
}
