/** The sets of others, and the runner that judges by them: it must be able to find something wrong. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it, test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { SET_ADAPTERS } from '../sets/index.ts'
import { runSet } from '../sets/run-set.ts'
import { findVectorSets, openVectorSet, vectorsFolder } from '../vector-sets.ts'
import type { SetReport } from '../sets/run-set.ts'

const runner = fileURLToPath(new URL('../run-sets.js', import.meta.url))
const found = findVectorSets()

if (found === undefined)
  test('the sets of others', (t) => t.skip(`no vectors at ${vectorsFolder()}; set PROMISEGRID_VECTORS`))
else
  describe('by the sets of others', () => {
    for (const name of found) {
      it(`no verdict is wrong: ${name}`, async (t) => {
        const files = openVectorSet(name)
        assert.equal(files.skipped, undefined)
        const { report, findings, left } = await runSet(name, files, SET_ADAPTERS.get(name), { slow: false })
        assert.deepEqual(findings, [])
        t.diagnostic(`${name}: ${report.passed} of ${report.cases} passed`)
        for (const [reason, count] of Object.entries(report.reasons))
          t.diagnostic(`${name}: ${count} out of scope: ${reason}`)
        if (left > 0) t.diagnostic(`${name}: ${left} slow cases are left to npm run test:vectors`)
      })
    }
  })

describe('the runner of sets', () => {
  let folder: string
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'promisegrid-sets-'))
  })
  after(() => rmSync(folder, { recursive: true }))

  /** A folder of vectors with these files. */
  function vectors(name: string, files: Readonly<Record<string, string>>): string {
    const place = join(folder, name)
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(join(place, file, '..'), { recursive: true })
      writeFileSync(join(place, file), text)
    }
    return place
  }

  it('lists a set that it does not know, and counts its files', () => {
    const place = vectors('unknown', { 'set-of-tomorrow/one/a.json': '[]', 'set-of-tomorrow/SOURCE.md': '' })
    const { status, reports, stdout } = run(place)
    assert.equal(status, 0)
    const reasons = { 'no adapter knows this set: counted are its files': 1 }
    assert.deepEqual(reports, [
      { set: 'set-of-tomorrow', cases: 1, passed: 0, outOfScope: 1, wrong: 0, reasons },
    ])
    assert.match(stdout, /^set-of-tomorrow +1 +0 +1 +0\n +1 out of scope: no adapter knows this set/m)
  })

  it('says what is wrong with how it was called, and ends with 2', () => {
    const place = vectors('known', { 'set-of-tomorrow/a.json': '[]' })
    for (const [args, message, at] of [
      [['--jsonn', 'x'], /Unknown option '--jsonn'/, place],
      [['--json'], /'--json <value>' argument missing/, place],
      [['--json', join(folder, 'absent', 'x.json')], /ENOENT.*x\.json/, place],
      [['--set', 'set-of-yesterday'], /no set "set-of-yesterday" at /, place],
      [['extra'], /Unexpected argument 'extra'/, place],
      [[], /no vector sets at .*absent: set PROMISEGRID_VECTORS/, join(folder, 'absent')],
    ] as const) {
      const { status, stderr } = spawn(args, at)
      assert.equal(status, 2, stderr)
      assert.match(stderr, message)
      assert.match(stderr, /\nusage: /)
    }
  })

  function run(place: string): { status: number | null; stdout: string; reports: readonly SetReport[] } {
    const json = join(folder, 'report.json')
    const { status, stdout } = spawn(['--json', json], place)
    const { sets } = JSON.parse(readFileSync(json, 'utf8')) as { sets: readonly SetReport[] }
    return { status, stdout, reports: sets }
  }

  function spawn(
    args: readonly string[],
    place: string,
  ): { status: number | null; stdout: string; stderr: string } {
    const env = { ...process.env, PROMISEGRID_VECTORS: place }
    return spawnSync(process.execPath, [runner, ...args], { encoding: 'utf8', env, timeout: 60_000 })
  }
})
