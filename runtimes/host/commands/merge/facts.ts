/** Commits as text and as JSON. */
import { MERGE_FUNCTIONS } from '../../../../promisebase/index.ts'
import { safeLine } from '../../terminal/safe-text.ts'
import { instant } from '../../terminal/units.ts'
import type { CID } from 'multiformats/cid'
import type { NamedCommit } from '../../../../promisebase/index.ts'
import type { Report } from '../../terminal/report.ts'

/** A branch without heads is told as missing. */
export function headsReport(name: string, heads: readonly NamedCommit[]): Report {
  if (heads.length > 0) return commitRows({ name }, heads)
  const message = `there is no branch ${JSON.stringify(name)} here`
  const fix = 'begin it with `grid merge commit`'
  return { data: {}, text: [], failure: { exit: 'missing', code: 'MISSING', message, fix } }
}

export function commitRows(facts: object, commits: readonly NamedCommit[]): Report {
  return { data: { ...facts, commits: commits.map(commitData) }, text: commits.flatMap(commitLines) }
}

export function commitData({ cid, commit }: NamedCommit): object {
  const { content, parents, merge, made, ...said } = commit
  return {
    cid: cid.toString(),
    content: content.toString(),
    parents: parents.map(String),
    merge: merge.map(functionName),
    ...(made === undefined ? {} : { made: functionName(made) }),
    ...said,
  }
}

export function commitLines({ cid, commit }: NamedCommit): string[] {
  const { at, by, made, note, proposer, content } = commit
  const author = made === undefined ? (by ?? 'somebody') : `merged by ${functionName(made)}`
  const when = at === undefined ? '' : `, ${instant(at)}`
  const from = proposer === undefined ? '' : `, proposed by ${proposer}`
  const lines = [cid.toString(), `  ${author}${when}${from}`, `  content ${content.toString()}`]
  return [...lines, ...(note === undefined ? [] : [`  ${note}`])].map(safeLine)
}

/** What it is called here, or its CID. */
function functionName(cid: CID): string {
  return Object.values(MERGE_FUNCTIONS).find((each) => each.cid.equals(cid))?.name ?? cid.toString()
}
