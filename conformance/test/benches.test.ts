import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'

const dist = fileURLToPath(new URL('../..', import.meta.url))
const runner = join(dist, 'conformance', 'bench-run.js')
const files = benchFiles(dist)

describe('benches', () => {
  it('exist', () => {
    assert.ok(files.length > 0, 'no dist/**/bench/*.bench.js: were the sources compiled?')
  })
  for (const file of files) {
    it(`${relative(dist, file)} still works in every row`, () => runsTiny(file))
  }
  it('a name that no bench has is an error, not an empty answer', () => {
    const run = bench(files[0] ?? '', '--only', 'no/such/row', '--tiny')
    assert.notEqual(run.status, 0)
    assert.match(run.stderr, /no bench is named no\/such\/row/)
  })
})

function runsTiny(file: string): void {
  const run = bench(file, '--tiny')
  assert.equal(run.status, 0, run.stderr)
  const rows = run.stdout.trim().split('\n')
  for (const line of rows) {
    const row = JSON.parse(line) as { name: string; samples: number; cpuPerSecond: number }
    assert.equal(row.samples, 1, row.name)
    assert.ok(row.cpuPerSecond > 0, row.name)
  }
}

function bench(file: string, ...args: string[]) {
  return spawnSync(process.execPath, [runner, file, ...args], { encoding: 'utf8', cwd: join(dist, '..') })
}

function benchFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return benchFiles(path)
    return path.includes(`${sep}bench${sep}`) && path.endsWith('.bench.js') ? [path] : []
  })
}
