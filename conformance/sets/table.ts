/** Prints what became of the sets: wrong cases, a line for each set with the reasons below it, and the sum. */
import type { Says } from '../run-vectors.ts'
import type { SetReport, SetRun } from './run-set.ts'

const COLUMNS = ['cases', 'passed', 'outOfScope', 'wrong'] as const
const HEADINGS = ['cases', 'passed', 'out of scope', 'wrong']

/** More of them teach nothing. */
const FINDINGS_MAX = 20

export function printSets(runs: readonly SetRun[], says: Says): void {
  for (const { report, findings } of runs) printFindings(report.set, findings, says)
  const reports = runs.map(({ report }) => report)
  const width = Math.max(...reports.map(({ set }) => set.length), 'total'.length)
  const line = (name: string, cells: readonly (number | string)[]): string =>
    name.padEnd(width) + cells.map((cell) => String(cell).padStart(14)).join('')
  says.log(line('set', HEADINGS))
  for (const report of reports) {
    says.log(line(report.set, numbersOf(report)))
    for (const [reason, count] of Object.entries(report.reasons))
      says.log(`${' '.repeat(width)}  ${count} out of scope: ${reason}`)
  }
  const sums = COLUMNS.map((column) => reports.reduce((sum, report) => sum + report[column], 0))
  says.log(line('total', sums))
}

function printFindings(set: string, findings: SetRun['findings'], says: Says): void {
  for (const { name, detail } of findings.slice(0, FINDINGS_MAX))
    says.log(`WRONG ${set}: ${name}\n  ${detail}`)
  const more = findings.length - FINDINGS_MAX
  if (more > 0) says.log(`WRONG ${set}: ${more} more`)
}

function numbersOf(report: SetReport): readonly number[] {
  return COLUMNS.map((column) => report[column])
}
