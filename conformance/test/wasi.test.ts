/** The programs of `wasi/`, run as whoever has the public suite runs that: `npm run test:wasi -- FOLDER`. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'

import { createWasiRuntime } from 'promisegrid/runtimes/wasi'
import { readCases } from '../wasi/cases.ts'
import { runCase } from '../wasi/run-case.ts'
import { root } from './repository.ts'
import type { Runtime } from 'promisegrid/kernel'

const programs = join(root, 'conformance', 'test', 'wasi')

/** Exit code and text of the runner. */
function runner(...folders: readonly string[]): Promise<{ readonly code: number; readonly text: string }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [join(root, 'dist', 'conformance', 'run-wasi.js'), ...folders],
      (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code), text: stdout + stderr })
      },
    )
  })
}

test('every program of preview 1 here ends as it must', async () => {
  const { code, text } = await runner(programs)
  assert.equal(code, 0, text)
  assert.match(text, /^(\d+) of \1 pass/m)
})

test('and the same programs as components, through the adapter of preview 1', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'wasi-'))
  try {
    cpSync(programs, folder, { recursive: true, verbatimSymlinks: true })
    cpSync(join(programs, 'components'), folder, { recursive: true })
    // A component of the adapter can say no more than that it failed.
    const given = JSON.parse(readFileSync(join(folder, 'process.json'), 'utf8')) as object
    writeFileSync(join(folder, 'process.json'), JSON.stringify({ ...given, exit_code: 1 }))
    const { code, text } = await runner(folder)
    assert.equal(code, 0, text)
    assert.match(text, /^5 of 5 pass/m)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('the runner tells a program whose second run is another one', async () => {
  const runtime = createWasiRuntime()
  let runs = 0
  const dearer: Pick<Runtime, 'run'> = {
    run: async (call, cancel) => {
      const ended = await runtime.run(call, cancel)
      runs += 1
      return { ...ended, fuel: ended.fuel + runs }
    },
  }
  const [content] = readCases(programs)
  assert.ok(content !== undefined)
  assert.deepEqual((await runCase(runtime, programs, content)).faults, [])
  const { faults } = await runCase(dearer, programs, content)
  assert.match(faults.join(), /^the second run is another one: fuel \d+ and \d+$/)
})

test('the runner tells a program that does not end as it must, and a folder without any', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'wasi-'))
  try {
    assert.equal((await runner(folder)).code, 1)
    cpSync(join(programs, 'process.wasm'), join(folder, 'process.wasm'))
    writeFileSync(join(folder, 'process.json'), JSON.stringify({ stdout: 'nothing', exit_code: 0 }))
    const { code, text } = await runner(folder)
    assert.equal(code, 1)
    assert.match(text, /FAIL {2}process\n +exit code \d+ and not 0/)
    assert.equal((await runner()).code, 2)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
