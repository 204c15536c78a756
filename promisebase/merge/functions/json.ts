/**
 * Structured data, path by path: maps by their keys, lists by their entries as a text by its lines, and anything else
 * whole. Where both sides changed one place in their own ways, it is a conflict.
 */
import { mergeLists } from './diff3.ts'
import { isMap, mergeEntries } from './map.ts'
import {
  conflictAt,
  placeOf,
  refuse,
  unlessAgreed,
  unlessUnchanged,
  valueFunction,
  valueKey,
} from './value-function.ts'
import type { CborValue } from '../../cbor/value.ts'
import type { ValueMerge } from './value-function.ts'

const mergeJson: ValueMerge = unlessAgreed((base, left, right, path) => {
  if (isMap(left) && isMap(right) && (base === undefined || isMap(base)))
    return mergeEntries(mergeJson, base ?? new Map<CborValue, CborValue>(), [left, right], path)
  const isList = Array.isArray(left) && Array.isArray(right) && Array.isArray(base)
  return isList ? mergeEntriesOfLists(base, left, right, path) : conflictAt(base, left, right, path)
})

const mergeEntriesOfLists = (
  base: readonly CborValue[],
  left: readonly CborValue[],
  right: readonly CborValue[],
  path: readonly string[],
) => {
  const merged = mergeLists(base, left, right, valueKey)
  if (merged.refused === undefined) return { ok: [...merged.ok] }
  return refuse(merged.refused.code, `${merged.refused.detail} of the list ${placeOf(path)}`)
}

export const json = valueFunction('json', unlessUnchanged(mergeJson))
