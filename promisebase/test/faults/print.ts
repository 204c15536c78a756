/** Reports as a table for people. */
import { count } from './ledger.ts'
import type { FaultReport, Outcome } from './fault.ts'

const HEAD = [
  'fault',
  'N',
  'acknowledged',
  'found',
  'below (95 %)',
  'opened in ms: median, 99 %',
  'control',
  'seconds',
]

export function printReports(reports: readonly FaultReport[]): void {
  console.log(`| ${HEAD.join(' | ')} |\n|${' --- |'.repeat(HEAD.length)}`)
  for (const report of reports) console.log(`| ${rowOf(report).join(' | ')} |`)
}

function rowOf({
  fault,
  title,
  skipped,
  result,
  control,
  seconds,
}: FaultReport): readonly (string | number)[] {
  const name = `${fault} ${title}`
  if (skipped !== undefined) return [name, 0, '', `skipped: ${skipped}`, '', '', '', '']
  const { n, acked } = result!
  return [
    name,
    n,
    acked,
    [found(result!), result!.notes].filter(Boolean).join('; '),
    bound(result!),
    openings(result!),
    [`${control!.title}: ${found(control!)} in ${control!.n}`, control!.notes].filter(Boolean).join('; '),
    seconds ?? '',
  ]
}

/** The rule of three says nothing of fewer. */
const N_MIN = 30

/** Rule of three: what never happened in `n` happens less often than this, with 95 %. */
function bound({ n, findings }: Outcome): string {
  return count(findings) > 0 || n < N_MIN ? '' : `${((3 / n) * 100).toPrecision(2)} %`
}

function found({ findings }: Outcome): string {
  const named = Object.entries(findings).filter(([, times]) => times > 0)
  return named.length === 0 ? 'nothing' : named.map(([name, times]) => `${times} ${name}`).join(', ')
}

function openings({ openMs }: Outcome): string {
  const sorted = openMs.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.floor(sorted.length * share)] ?? ''
  return sorted.length === 0 ? '' : `${at(0.5)}, ${at(0.99)}`
}
