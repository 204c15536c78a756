/**
 * The entries that two lists have in common, in order, by the greedy algorithm of Myers ("An O(ND) Difference Algorithm
 * and Its Variations", 1986, figure 2), forward from the beginning. A list may have several longest common
 * subsequences; which one is found is part of what a merge function does, so the algorithm is written down in
 * spec/merge.md and does not follow a library from version to version.
 */
import { MERGE_LIMITS } from '../limits.ts'

/**
 * For each entry of `from` the place of its counterpart in `to`, or -1; undefined when more than `MERGE_LIMITS.edits`
 * entries are deleted and inserted.
 */
export function matchLists(from: readonly number[], to: readonly number[]): Int32Array | undefined {
  const trace: Int32Array[] = []
  const editsMax = Math.min(from.length + to.length, MERGE_LIMITS.edits)
  // furthest[edits + k] is how far along `from` the best path with so many edits comes on diagonal k.
  let furthest = new Int32Array(0)
  for (let edits = 0; edits <= editsMax; edits++) {
    const next = new Int32Array(2 * edits + 1)
    trace.push(next)
    for (let k = -edits; k <= edits; k += 2) {
      let x = startOf(furthest, edits, k)
      while (x < from.length && x - k < to.length && from[x] === to[x - k]) x++
      next[edits + k] = x
      if (x >= from.length && x - k >= to.length) return matchesOf(trace, from.length, to.length)
    }
    furthest = next
  }
  return undefined
}

/** Where the best path with so many edits enters diagonal k, before it goes along it. */
function startOf(before: Int32Array, edits: number, k: number): number {
  if (edits === 0) return 0
  return isInsertion(before, edits, k)
    ? furthestOn(before, edits, k + 1)
    : furthestOn(before, edits, k - 1) + 1
}

/** It comes from the diagonal above by an insertion or from the one below by a deletion: from the one further along. */
function isInsertion(before: Int32Array, edits: number, k: number): boolean {
  if (k === -edits || k === edits) return k === -edits
  return furthestOn(before, edits, k - 1) < furthestOn(before, edits, k + 1)
}

function furthestOn(before: Int32Array, edits: number, k: number): number {
  return before[edits - 1 + k] as number
}

/** Walks the trace back from the end. */
function matchesOf(trace: readonly Int32Array[], fromLength: number, toLength: number): Int32Array {
  const matches = new Int32Array(fromLength).fill(-1)
  let [x, y] = [fromLength, toLength]
  for (let edits = trace.length - 1; edits >= 0; edits--) {
    const before = trace[edits - 1] ?? new Int32Array(0)
    const k = x - y
    const start = startOf(before, edits, k)
    for (; x > start; x--) matches[x - 1] = --y
    if (isInsertion(before, edits, k)) y--
    else x--
  }
  return matches
}
