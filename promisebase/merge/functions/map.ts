/**
 * A map, key by key in their order: what one side added, changed or removed, the merge has so. Where both changed a
 * value, `values` decides; where one removed what the other changed, nobody does.
 */
import {
  conflictAt,
  isSame,
  placeOf,
  refuse,
  unlessAgreed,
  unlessUnchanged,
  valueFunction,
} from './value-function.ts'
import { addCounts } from './counter.ts'
import { mergeSets } from './set-union.ts'
import type { CborMap, CborValue } from '../../cbor/value.ts'
import type { MergeCode } from '../interface.ts'
import type { Result } from '../../interface.ts'
import type { ValueMerge } from './value-function.ts'

function mergeMapsBy(values: ValueMerge): ValueMerge {
  return (base, left, right, path) => {
    const common = base ?? new Map<CborValue, CborValue>()
    if (!isMap(common) || !isMap(left) || !isMap(right))
      return refuse('SHAPE', `a map is wanted ${placeOf(path)}`)
    return mergeEntries(values, common, [left, right], path)
  }
}

/** Every entry of a map is merged by itself. */
export function mergeEntries(
  values: ValueMerge,
  base: CborMap,
  [left, right]: readonly [CborMap, CborMap],
  path: readonly string[],
): Result<CborValue, MergeCode> {
  const merged: CborMap = new Map()
  for (const key of [...new Set([...left.keys(), ...right.keys()])].sort(byText)) {
    const entry = mergeEntry(values, [base.get(key), left.get(key), right.get(key)], [...path, String(key)])
    if (entry.refused !== undefined) return entry
    if (entry.ok !== undefined) merged.set(key, entry.ok)
  }
  return { ok: merged }
}

export function isMap(value: CborValue | undefined): value is CborMap {
  return value instanceof Map
}

/** Whole values: two changes of one key are a conflict. */
export const map = valueFunction('map', mergeMapsBy(unlessAgreed(conflictAt)))
export const mapOfCounters = valueFunction('map-of-counter', mergeMapsBy(addCounts), 'adds up')
export const mapOfSets = valueFunction('map-of-set-union', mergeMapsBy(unlessAgreed(mergeSets)))

type Three = readonly [CborValue | undefined, CborValue | undefined, CborValue | undefined]

/** Undefined for an entry that is removed. */
function mergeEntry(
  values: ValueMerge,
  [base, left, right]: Three,
  path: readonly string[],
): Result<CborValue | undefined, MergeCode> {
  if (left !== undefined && right !== undefined) return unlessUnchanged(values)(base, left, right, path)
  if (isSame(base, left)) return { ok: right }
  if (isSame(base, right)) return { ok: left }
  return refuse('CONFLICT', `one side removed what the other changed ${placeOf(path)}`)
}

/** So that of several conflicts the same one is told everywhere. */
function byText(a: CborValue, b: CborValue): number {
  return String(a) < String(b) ? -1 : 1
}
