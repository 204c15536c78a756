/** Who wrote the content of a head last: the newest of the commits that somebody wrote, through merges. */
import { cidKey } from '../cid.ts'
import { compareBytes } from '../keys.ts'
import { MERGE_LIMITS } from './limits.ts'
import { WorkError } from './workspace.ts'
import type { NamedCommit, Writing } from './interface.ts'
import type { Workspace } from './workspace.ts'

/** The head itself when somebody wrote it, else the last of those it was made from. @throws {WorkError} */
export async function writingOf(workspace: Workspace, head: NamedCommit): Promise<Writing> {
  const seen = new Set<string>()
  const waiting = [head]
  let last: Writing | undefined
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { cid, commit } = next
    if (seen.has(cidKey(cid))) continue
    seen.add(cidKey(cid))
    if (seen.size > MERGE_LIMITS.walkCommits)
      throw new WorkError('LIMIT', `more than ${MERGE_LIMITS.walkCommits} merges one after another`)
    if (commit.made === undefined) last = laterOf(last, { at: commit.at ?? 0, commit: cid })
    else for (const parent of commit.parents) waiting.push(await workspace.named(parent))
  }
  return last as Writing
}

function laterOf(a: Writing | undefined, b: Writing): Writing {
  return a === undefined || orderOfWriting(a, b) < 0 ? b : a
}

/** By time, and of the same time by the CID of the commit. */
export function orderOfWriting(a: Writing, b: Writing): number {
  return a.at - b.at || compareBytes(a.commit.bytes, b.commit.bytes)
}
