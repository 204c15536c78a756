/** Sets that no part of this library can judge yet, each with the part that will. */
import type { VectorSet } from '../vector-sets.ts'
import type { SetAdapter } from './set.ts'

/** An adapter that only counts; `count` says how many cases a file holds, else it is guessed from its form. */
export function withoutPart(
  set: string,
  outOfScope: string,
  count: (files: VectorSet, file: string) => number = countOf,
): SetAdapter {
  return {
    set,
    *cases(files) {
      for (const file of files.files()) {
        const cases = count(files, file)
        for (let at = 0; at < cases; at += 1) yield { name: `${file} ${at}`, judge: () => ({ outOfScope }) }
      }
    },
  }
}

/** A list has as many cases as entries, groups as many as tests, an object those of its lists; the rest is one. */
export function countOf(files: VectorSet, file: string): number {
  if (!file.endsWith('.json')) return 1
  try {
    return Math.max(1, entriesOf(files.json(file)))
  } catch {
    // What is not read cannot be wrong.
    return 1
  }
}

function entriesOf(json: unknown): number {
  if (Array.isArray(json)) return json.length
  if (typeof json !== 'object' || json === null) return 0
  if ('testGroups' in json)
    return (json.testGroups as { tests: unknown[] }[]).flatMap(({ tests }) => tests).length
  const lists = Object.values(json).filter((value) => Array.isArray(value) && typeof value[0] === 'object')
  return (lists as unknown[][]).reduce((sum, { length }) => sum + length, 0)
}
