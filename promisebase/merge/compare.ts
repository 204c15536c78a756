/**
 * How two heads stand to one another. A head has **news** over another when somebody wrote a commit that is an ancestor
 * of it, or itself, and not of the other. Merges that functions made are no news: they follow from what was written.
 */
import { compareBytes } from '../keys.ts'
import { walk } from './walk.ts'
import type { CID } from 'multiformats/cid'
import type { Workspace } from './workspace.ts'

export interface Comparison {
  readonly leftNews: boolean
  readonly rightNews: boolean
  /** The lowest common ancestors, the highest first. */
  readonly bases: readonly CID[]
}

/** @throws {WorkError} */
export async function compareHeads(workspace: Workspace, left: CID, right: CID): Promise<Comparison> {
  const bases: CID[] = []
  let [leftNews, rightNews] = [false, false]
  for await (const { cid, commit, isLeft, isRight, isBelow } of walk(workspace, [left], [right])) {
    const isWritten = commit.made === undefined
    if (isLeft && isRight) {
      if (!isBelow) bases.push(cid)
    } else if (isLeft) leftNews ||= isWritten
    else rightNews ||= isWritten
  }
  return { leftNews, rightNews, bases }
}

/**
 * The heads that count, sorted: one without news over another gives way, and of two that have the same the one with the
 * smaller CID stays. What is left depends on the commits alone, not on the order in which they came.
 * @throws {WorkError}
 */
export async function reduceHeads(workspace: Workspace, heads: Iterable<CID>): Promise<CID[]> {
  let kept: CID[] = []
  for (const head of sortedCids(heads)) kept = await joinHead(workspace, kept, head)
  return kept
}

/** The same for heads that are reduced already, and one more. @throws {WorkError} */
export async function joinHead(workspace: Workspace, reduced: readonly CID[], head: CID): Promise<CID[]> {
  if (reduced.some((each) => each.equals(head))) return [...reduced]
  const kept: CID[] = []
  let isNeeded = true
  for (const other of reduced) {
    const { leftNews, rightNews } = await compareHeads(workspace, other, head)
    const isTie = !leftNews && !rightNews
    const isOtherFirst = compareBytes(other.bytes, head.bytes) < 0
    if (isTie ? isOtherFirst : !rightNews) isNeeded = false
    if (isTie ? isOtherFirst : leftNews) kept.push(other)
  }
  return sortedCids(isNeeded ? [...kept, head] : kept)
}

/** By their bytes, each once. */
export function sortedCids(cids: Iterable<CID>): CID[] {
  const sorted = [...cids].sort((a, b) => compareBytes(a.bytes, b.bytes))
  return sorted.filter((cid, at) => at === 0 || !cid.equals(sorted[at - 1]))
}
