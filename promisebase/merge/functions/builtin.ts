/** The functions that every node has. */
import { counter } from './counter.ts'
import { json } from './json.ts'
import { lastWriter } from './last-writer.ts'
import { map, mapOfCounters, mapOfSets } from './map.ts'
import { setUnion } from './set-union.ts'
import { textLines } from './text-lines.ts'
import type { MergeFunction } from '../interface.ts'

export const MERGE_FUNCTIONS: readonly MergeFunction[] = [
  lastWriter,
  setUnion,
  counter,
  map,
  mapOfCounters,
  mapOfSets,
  textLines,
  json,
]
