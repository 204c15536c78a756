import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL('../../bench/gigabyte.js', import.meta.url))
const root = fileURLToPath(new URL('../../../..', import.meta.url))

test('a small gigabyte goes through a store on disk and comes out the same', () => {
  const run = spawnSync(process.execPath, [program, '--size', '6'], { cwd: root, encoding: 'utf8' })
  assert.equal(run.status, 0, run.stderr)
  const { mebibytes, chunks, isSame } = JSON.parse(run.stdout) as Record<string, unknown>
  assert.deepEqual([mebibytes, isSame], [6, true])
  assert.ok(Number(chunks) >= 24 && Number(chunks) <= 384)
})

test('grown memory fails the run', () => {
  const run = spawnSync(process.execPath, [program, '--size', '6', '--memory=-1'], {
    cwd: root,
    encoding: 'utf8',
  })
  assert.equal(run.status, 1, run.stdout)
})
