/**
 * What happens to a store on a disk when processes, power, disks and bits fail, again and again.
 *
 *   node dist/promisebase/test/faults/run.js [FAULT…] [--size small|full|N] [--seed N] [--json FILE]
 *
 * Each fault comes with a control, which breaks a promise on purpose and must be found out. Ends with 1 when a
 * fault found anything or a control nothing.
 */
import { spawnSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { temporaryFolder } from '../temporary-folder.ts'
import { FAULTS } from './faults.ts'
import { count } from './ledger.ts'
import { printReports } from './print.ts'
import type { Fault, FaultReport } from './fault.ts'

type Size = 'small' | 'full' | number

/** Set in the process that has a mount namespace of its own. */
const APART = 'PROMISEGRID_FAULTS_APART'

export async function runFault(fault: Fault, size: Size, seed: number): Promise<FaultReport> {
  const { id, title, control, sizes } = fault
  const report = { fault: id, title, seed }
  const skipped = fault.unavailable?.()
  if (skipped) return { ...report, skipped }
  if (fault.mounts && process.env[APART] === undefined) return runApart(id, size, seed)
  const begun = performance.now()
  const red = await control.run(control.n, seed)
  const result = await fault.run(typeof size === 'number' ? size : sizes[size], seed)
  const seconds = Math.round((performance.now() - begun) / 1000)
  return { ...report, result, control: { ...red, title: control.title }, seconds }
}

/** Nothing was found of the fault, and something of its control. */
export function isGood({ skipped, result, control }: FaultReport): boolean {
  if (skipped !== undefined) return true
  return count(result!.findings) === 0 && count(control!.findings) > 0
}

/** In a process whose mounts nobody else sees, and which go when it ends, however it ends. */
async function runApart(id: string, size: Size, seed: number): Promise<FaultReport> {
  const { path, remove } = await temporaryFolder()
  const file = join(path, 'report.json')
  const own = [process.execPath, fileURLToPath(import.meta.url)]
  const given = [id, '--size', String(size), '--seed', String(seed), '--json', file]
  spawnSync('unshare', ['-m', '--propagation', 'private', ...own, ...given], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, [APART]: '1' },
  })
  const [report] = JSON.parse(await readFile(file, 'utf8')) as FaultReport[]
  await remove()
  return report!
}

function sizeOf(text: string): Size {
  if (text === 'small' || text === 'full') return text
  const number = Number(text)
  if (!Number.isSafeInteger(number) || number < 1) throw new RangeError('--size is small, full or a number')
  return number
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      size: { type: 'string', default: 'small' },
      seed: { type: 'string', default: '1' },
      json: { type: 'string' },
    },
  })
  const unknown = positionals.find((id) => FAULTS.every((fault) => fault.id !== id))
  if (unknown) throw new RangeError(`${unknown} is none of ${FAULTS.map(({ id }) => id).join(' ')}`)
  const wanted = FAULTS.filter(({ id }) => positionals.length === 0 || positionals.includes(id))
  const reports: FaultReport[] = []
  for (const fault of wanted) {
    reports.push(await runFault(fault, sizeOf(values.size), Number(values.seed)))
    // After each, for a long run may be cut off.
    if (values.json) await writeFile(values.json, `${JSON.stringify(reports, undefined, 2)}\n`)
  }
  printReports(reports)
  if (!reports.every(isGood)) process.exitCode = 1
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main()
