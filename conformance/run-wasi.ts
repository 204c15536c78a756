/**
 * Runs the programs of a folder laid out like the public test suite of WASI (`wasi/cases.ts`) against our runtime.
 *
 *   node dist/conformance/run-wasi.js FOLDER…
 *
 * Ends with 0 when all of them end as they must, 1 when one does not, 2 when it was called in a wrong way.
 */
import { createWasiRuntime } from 'promisegrid/runtimes/wasi'
import { readCases } from './wasi/cases.ts'
import { runCase } from './wasi/run-case.ts'
import type { CaseRun } from './wasi/run-case.ts'

const folders = process.argv.slice(2)
if (folders.length === 0 || folders.some((folder) => folder.startsWith('-'))) {
  console.error('usage: run-wasi FOLDER…')
  process.exitCode = 2
} else {
  process.exitCode = await runAll(folders)
}

async function runAll(named: readonly string[]): Promise<number> {
  let failed = 0
  for (const folder of named) {
    const runs = await runFolder(folder)
    const wrong = runs.filter(({ faults }) => faults.length > 0).length
    for (const { name, faults } of runs)
      console.log(`${faults.length === 0 ? 'pass' : 'FAIL'}  ${name}${textOf(faults)}`)
    console.log(`${runs.length - wrong} of ${runs.length} pass in ${folder}`)
    // Nothing at all is no success: the folder is most likely another one than was meant.
    failed += wrong + (runs.length === 0 ? 1 : 0)
  }
  return failed === 0 ? 0 : 1
}

async function runFolder(folder: string): Promise<CaseRun[]> {
  const runtime = createWasiRuntime({ monotonic: () => performance.now() })
  const runs: CaseRun[] = []
  for (const subject of readCases(folder)) runs.push(await runCase(runtime, folder, subject))
  await runtime.close?.()
  return runs
}

function textOf(faults: readonly string[]): string {
  return faults.map((fault) => `\n      ${fault}`).join('')
}
