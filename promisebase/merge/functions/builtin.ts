/** The functions that every node has. */
import { counter } from './counter.ts'
import { json } from './json.ts'
import { lastWriter } from './last-writer.ts'
import { map, mapOfCounters, mapOfSets } from './map.ts'
import { setUnion } from './set-union.ts'
import { textLines } from './text-lines.ts'
import type { MergeFunction } from '../interface.ts'

/** By the names that their CIDs are made from. */
export const MERGE_FUNCTIONS = {
  'last-writer': lastWriter,
  'set-union': setUnion,
  counter,
  map,
  'map-of-counter': mapOfCounters,
  'map-of-set-union': mapOfSets,
  'text-lines': textLines,
  json,
} as const satisfies Readonly<Record<string, MergeFunction>>
