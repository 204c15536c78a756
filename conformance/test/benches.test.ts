import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { before, describe, it } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Bench, Row } from '../bench-kit.ts'

const dist = fileURLToPath(new URL('../..', import.meta.url))
const runner = join(dist, 'conformance', 'bench-run.js')
const files = benchFiles(dist)

describe('benches', () => {
  const rows = new Map<string, Row>()
  let ended: ReturnType<typeof bench>
  before(() => {
    // All in one process: to load the library takes longer than most of them.
    ended = bench(...files, '--tiny')
    for (const line of ended.stdout.split('\n').filter((text) => text !== '')) {
      const row = JSON.parse(line) as Row
      rows.set(row.name, row)
    }
  })

  it('are done without an error', () => assert.equal(ended.status, 0, ended.stderr))

  it('exist', () => {
    assert.ok(files.length > 0, 'no dist/**/bench/*.bench.js: were the sources compiled?')
  })
  for (const file of files) {
    it(`${relative(dist, file)} still works in every row`, async () => {
      const { benches } = (await import(pathToFileURL(file).href)) as { benches: readonly Bench[] }
      assert.ok(benches.length > 0)
      for (const { name } of benches) {
        assert.equal(rows.get(name)?.samples, 1, `${name}: ${ended.stderr}`)
        assert.ok((rows.get(name)?.cpuPerSecond ?? 0) > 0, name)
      }
    })
  }
  it('a name that no bench has is an error, not an empty answer', () => {
    const run = bench(files[0] ?? '', '--only', 'no/such/row', '--tiny')
    assert.notEqual(run.status, 0)
    assert.match(run.stderr, /no bench is named no\/such\/row/)
  })
})

function bench(...args: string[]) {
  return spawnSync(process.execPath, [runner, ...args], { encoding: 'utf8', cwd: join(dist, '..') })
}

function benchFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return benchFiles(path)
    return path.includes(`${sep}bench${sep}`) && path.endsWith('.bench.js') ? [path] : []
  })
}
