/** What merging the heads of a branch comes to, as a value; nothing is written here. */
import { cidKey } from '../cid.ts'
import { joinHead, reduceHeads } from './compare.ts'
import { mergePair } from './merge-pair.ts'
import { conflictId } from './queue.ts'
import type { CID } from 'multiformats/cid'
import type { Unmerged } from './merge-pair.ts'
import type { QueuedConflict } from './queue.ts'
import type { Workspace } from './workspace.ts'

export interface MergePlan {
  /** The heads there will be, sorted: one, unless there are conflicts. */
  readonly heads: readonly CID[]
  /** Commits that are made for it, in order. */
  readonly made: readonly CID[]
  /** Every two of the heads that cannot be merged. */
  readonly conflicts: readonly QueuedConflict[]
}

/**
 * Always merges the first two heads, in the order of CIDs, that can be merged, until there are none: the same heads
 * come to the same end whoever merges them, in whatever order they arrived.
 * @throws {WorkError} @throws {StoreError}
 */
export async function planMerge(
  workspace: Workspace,
  name: string,
  heads: readonly CID[],
): Promise<MergePlan> {
  let left = await reduceHeads(workspace, heads)
  const made: CID[] = []
  const refused = new Map<string, Unmerged>()
  for (;;) {
    const commit = await mergeFirst(workspace, left, refused)
    if (commit === undefined) break
    made.push(commit)
    left = await joinHead(workspace, left, commit)
  }
  return { heads: left, made, conflicts: conflictsOf(name, left, refused) }
}

/** The commit of the first pair that can be merged; refusals are remembered, since nothing changes them. */
async function mergeFirst(
  workspace: Workspace,
  heads: readonly CID[],
  refused: Map<string, Unmerged>,
): Promise<CID | undefined> {
  for (const [left, right] of pairsOf(heads)) {
    if (refused.has(pairKey(left, right))) continue
    const { made, unmerged } = await mergePair(workspace, left, right)
    if (made !== undefined) return made.cid
    refused.set(pairKey(left, right), unmerged)
  }
  return undefined
}

function conflictsOf(
  name: string,
  heads: readonly CID[],
  refused: ReadonlyMap<string, Unmerged>,
): QueuedConflict[] {
  return pairsOf(heads).flatMap(([left, right]) => {
    const unmerged = refused.get(pairKey(left, right))
    const id = conflictId(name, left, right)
    return unmerged === undefined ? [] : [{ id, name, left, right, ...unmerged, proposals: [] }]
  })
}

function pairsOf(heads: readonly CID[]): [CID, CID][] {
  return heads.flatMap((left, at) => heads.slice(at + 1).map((right): [CID, CID] => [left, right]))
}

function pairKey(left: CID, right: CID): string {
  return `${cidKey(left)}:${cidKey(right)}`
}
