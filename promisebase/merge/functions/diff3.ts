/**
 * Three lists made one, after Khanna, Kunal and Pierce ("A Formal Investigation of Diff3", 2007): the entries of the
 * base that both sides still have cut all three into chunks; in each, the side that changed it is taken. A chunk that
 * both sides changed, each in its own way, is a conflict.
 */
import { MERGE_LIMITS } from '../limits.ts'
import { matchLists } from './shortest-edit.ts'
import type { Result } from '../../interface.ts'

type ListCode = 'CONFLICT' | 'LIMIT'

/** `keyOf` is equal for equal entries and only for them. */
export function mergeLists<Entry>(
  base: readonly Entry[],
  left: readonly Entry[],
  right: readonly Entry[],
  keyOf: (entry: Entry) => string,
): Result<readonly Entry[], ListCode> {
  if ([base, left, right].some(({ length }) => length > MERGE_LIMITS.lines))
    return refuse('LIMIT', `more than ${MERGE_LIMITS.lines} entries`)
  const [common, ours, theirs] = numbered([base, left, right], keyOf)
  const inLeft = matchLists(common, ours)
  const inRight = matchLists(common, theirs)
  if (inLeft === undefined || inRight === undefined)
    return refuse('LIMIT', `more than ${MERGE_LIMITS.edits} entries are changed`)
  const merged: Entry[] = []
  let from: Place = { base: 0, left: 0, right: 0 }
  for (const to of [...stable(inLeft, inRight), endOf(common, ours, theirs)]) {
    const side = changedSide(common, ours, theirs, from, to)
    if (side === undefined) return refuse('CONFLICT', `both sides changed ${placeOf(from.base, to.base)}`)
    merged.push(...(side === 'left' ? left.slice(from.left, to.left) : right.slice(from.right, to.right)))
    if (to.base < base.length) merged.push(base[to.base] as Entry)
    from = { base: to.base + 1, left: to.left + 1, right: to.right + 1 }
  }
  return { ok: merged }
}

interface Place {
  readonly base: number
  readonly left: number
  readonly right: number
}

/** Entries as numbers, the same for the same entry in all lists. */
function numbered<Entry>(
  lists: readonly (readonly Entry[])[],
  keyOf: (entry: Entry) => string,
): [number[], number[], number[]] {
  const numbers = new Map<string, number>()
  const numberOf = (entry: Entry): number => {
    const key = keyOf(entry)
    const number = numbers.get(key) ?? numbers.size
    numbers.set(key, number)
    return number
  }
  return lists.map((list) => list.map(numberOf)) as [number[], number[], number[]]
}

/** Entries of the base that both sides have. */
function stable(inLeft: Int32Array, inRight: Int32Array): Place[] {
  const places: Place[] = []
  for (const [base, left] of inLeft.entries()) {
    const right = inRight[base] as number
    if (left >= 0 && right >= 0) places.push({ base, left, right })
  }
  return places
}

function endOf(base: readonly number[], left: readonly number[], right: readonly number[]): Place {
  return { base: base.length, left: left.length, right: right.length }
}

/** Which side's chunk is taken; undefined when both changed it in their own ways. */
function changedSide(
  base: readonly number[],
  left: readonly number[],
  right: readonly number[],
  from: Place,
  to: Place,
): 'left' | 'right' | undefined {
  const common = base.slice(from.base, to.base)
  const ours = left.slice(from.left, to.left)
  const theirs = right.slice(from.right, to.right)
  if (isEqual(theirs, common) || isEqual(ours, theirs)) return 'left'
  return isEqual(ours, common) ? 'right' : undefined
}

function isEqual(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((number, at) => number === b[at])
}

/** Counted from 1, as people do. */
function placeOf(from: number, to: number): string {
  if (from === to) return `what stands before entry ${from + 1}`
  return to - from === 1 ? `entry ${to}` : `entries ${from + 1} to ${to}`
}

function refuse(code: ListCode, detail: string): { readonly refused: { code: ListCode; detail: string } } {
  return { refused: { code, detail } }
}
