import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL('../bench/blocks.js', import.meta.url))

test('the bench of many blocks still measures every operation at both sizes', () => {
  const run = spawnSync(
    process.execPath,
    [program, '--tiny', '--small', '100', '--size', '300', '--against', ''],
    { encoding: 'utf8' },
  )
  assert.equal(run.status, 0, run.stderr)
  const [heads, , ...rows] = run.stdout.trim().split('\n')
  assert.equal(heads, '| operation | store | at 100 | at 300 | growth | ours to it |')
  assert.deepEqual(
    rows.map((row) => row.split(' | ')[0]!.slice(2)),
    [
      'put',
      'commit',
      'commitWall',
      'commitSlow',
      'get',
      'settle',
      'scan',
      'collect',
      'open',
      'openWall',
      'memory',
      'memoryCollect',
    ],
  )
  // So few blocks are never merged.
  const measured = rows.filter((row) => !row.startsWith('| settle '))
  for (const row of measured) assert.match(row, /^\| \w+ \| ours \| [\d.,]+ \| [\d.,]+ \| [\d.,]+ \| {2}\|$/)
})
