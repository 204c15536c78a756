/**
 * Taking in a head that somebody else made. Nothing of it is believed: its whole history must be here, heights must be
 * true, and what a function is said to have made is made again.
 */
import { joinHead, sortedCids } from './compare.ts'
import { mergePair } from './merge-pair.ts'
import { walk } from './walk.ts'
import type { CID } from 'multiformats/cid'
import type { Result } from '../interface.ts'
import type { BranchCode, MergeCode, NamedCommit, Objection } from './interface.ts'
import type { Workspace } from './workspace.ts'

/** The heads there are with this one. @throws {WorkError} @throws {StoreError} */
export async function takeHead(
  workspace: Workspace,
  heads: readonly CID[],
  head: CID,
): Promise<Result<readonly CID[], BranchCode>> {
  const news: NamedCommit[] = []
  for await (const { cid, commit, isRight } of walk(workspace, [head], heads, { leftOnly: true })) {
    if (isRight) continue
    const wrong = await wrongIn(workspace, { cid, commit })
    if (wrong !== undefined) return { refused: wrong }
    news.push({ cid, commit })
  }
  // The oldest first: a merge is made again over what has been looked at.
  for (const each of news.reverse()) {
    const wrong = await wrongMerge(workspace, each)
    if (wrong !== undefined) return { refused: wrong }
  }
  return { ok: await joinHead(workspace, heads, head) }
}

interface Wrong {
  readonly code: BranchCode
  readonly detail: string
}

/** Looked at on the way down: the order of the walk depends on true heights. */
async function wrongIn(workspace: Workspace, { cid, commit }: NamedCommit): Promise<Wrong | undefined> {
  const parents = await Promise.all(commit.parents.map((parent) => workspace.commit(parent)))
  const height = 1 + Math.max(0, ...parents.map((parent) => parent.height))
  if (commit.height !== height)
    return { code: 'COMMIT', detail: `${cid} has height ${height}, not ${commit.height}` }
  if (await workspace.has(commit.content)) return undefined
  return { code: 'MISSING', detail: `the content ${commit.content} of ${cid} is not here` }
}

async function wrongMerge(workspace: Workspace, { cid, commit }: NamedCommit): Promise<Wrong | undefined> {
  const [left, right] = commit.parents
  if (commit.made === undefined || left === undefined || right === undefined) return undefined
  const { made, unmerged } = await mergePair(workspace.afresh(), left, right)
  if (made?.cid.equals(cid)) return undefined
  const last = unmerged?.objections.at(-1)
  if (last !== undefined && LOCAL.includes(last.code)) return notVerified(cid, last)
  return { code: 'MERGE', detail: `${cid} is not what its function makes of its parents` }
}

/** What another node, or this one later, may be able to judge. */
const LOCAL: readonly MergeCode[] = ['FUNCTION', 'MISSING', 'FAILED']

function notVerified(cid: CID, { code, detail }: Objection): Wrong {
  return { code: code as BranchCode, detail: `the merge ${cid} cannot be made again here: ${detail}` }
}

/** Whether every one of these is a head, or an ancestor of one. @throws {WorkError} */
export async function areInBranch(
  workspace: Workspace,
  heads: readonly CID[],
  commits: readonly CID[],
): Promise<boolean> {
  for await (const { isRight } of walk(workspace, sortedCids(commits), heads, { leftOnly: true }))
    if (!isRight) return false
  return true
}
