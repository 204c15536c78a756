/** How merges end: heads, or a failure that says what to do next. */
import { exitOfRefusal } from '../../terminal/exit-code.ts'
import type { BranchCode, MergeReport, OpenConflict, Refusal } from '../../../../promisebase/index.ts'
import type { Report } from '../../terminal/report.ts'

export function branchRefusal({ code, detail }: Refusal<BranchCode>): Report {
  return { data: {}, text: [], failure: { exit: exitOfRefusal(code), code, message: detail } }
}

export function mergeReport(name: string, { heads, made, conflicts }: MergeReport): Report {
  const data = {
    name,
    ...{ heads: heads.map(String), made: made.map(String) },
    conflicts: conflicts.map(({ id }) => id.toString()),
  }
  const text = heads.map(String)
  return conflicts.length === 0 ? { data, text } : { data, text, failure: conflictFailure(conflicts) }
}

function conflictFailure(conflicts: readonly OpenConflict[]) {
  const message = `${conflicts.length === 1 ? 'a conflict waits' : `${conflicts.length} conflicts wait`} for somebody; every head is as it was`
  const fix = `look at it with \`grid merge show ${conflicts[0]?.id.toString()}\`, end it with \`grid merge resolve\``
  return { exit: 'refused', code: 'CONFLICT', message, fix } as const
}
