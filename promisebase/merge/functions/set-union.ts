/**
 * A set: a list of any items, sorted by their encodings, none twice. In the merge is what both sides have, and what one
 * side has and the base had not: what a side removed is removed, unless both sides added it anew.
 */
import { encodeDagCbor } from '../../cbor/encode.ts'
import { compareBytes } from '../../keys.ts'
import { placeOf, refuse, valueFunction, valueKey } from './value-function.ts'
import type { CborValue } from '../../cbor/value.ts'
import type { ValueMerge } from './value-function.ts'

export const mergeSets: ValueMerge = (base, left, right, path) => {
  const sets = [base ?? [], left, right].map(readSet)
  const [common, ours, theirs] = sets
  if (!common || !ours || !theirs)
    return refuse('SHAPE', `a list sorted by its encoded entries, none twice, is wanted ${placeOf(path)}`)
  const merged = [...new Map([...ours, ...theirs])].filter(
    ([key]) => (ours.has(key) && theirs.has(key)) || !common.has(key),
  )
  return { ok: sorted(merged.map(([, value]) => value)) }
}

export const setUnion = valueFunction('set-union', mergeSets)

/** The content of a set: sorted, each item once. @throws {TypeError} for what dag-cbor has no place for */
export function setContent(items: Iterable<CborValue>): Uint8Array {
  const byKey = new Map([...items].map((item) => [valueKey(item), item]))
  return encodeDagCbor(sorted([...byKey.values()]))
}

function readSet(value: CborValue): ReadonlyMap<string, CborValue> | undefined {
  if (!Array.isArray(value)) return undefined
  const encoded = value.map((item) => encodeDagCbor(item))
  const isAscending = encoded.every((item, at) => at === 0 || compareBytes(encoded[at - 1]!, item) < 0)
  return isAscending ? new Map(value.map((item) => [valueKey(item), item])) : undefined
}

function sorted(items: readonly CborValue[]): CborValue[] {
  const encoded = items.map((item) => [encodeDagCbor(item), item] as const)
  return encoded.sort(([a], [b]) => compareBytes(a, b)).map(([, item]) => item)
}
