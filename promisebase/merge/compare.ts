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
  const kept: CID[] = []
  for (const head of sortedCids(heads)) {
    if (kept.some((each) => each.equals(head))) continue
    let isNeeded = true
    for (const other of [...kept]) {
      const { leftNews, rightNews } = await compareHeads(workspace, other, head)
      // `other` has the smaller CID.
      if (!rightNews) isNeeded = false
      else if (!leftNews) kept.splice(kept.indexOf(other), 1)
    }
    if (isNeeded) kept.push(head)
  }
  return kept
}

/** By their bytes, each once. */
export function sortedCids(cids: Iterable<CID>): CID[] {
  const sorted = [...cids].sort((a, b) => compareBytes(a.bytes, b.bytes))
  return sorted.filter((cid, at) => at === 0 || !cid.equals(sorted[at - 1]))
}
