/** Sets that no part of this library can judge yet, each with the part that will. */
import type { VectorSet } from '../vector-sets.ts'
import type { SetAdapter, SetCase } from './set.ts'

/** An adapter that only counts; `count` says how many cases a file holds, one if it is not given. */
export function withoutPart(
  set: string,
  outOfScope: string,
  count?: (files: VectorSet, file: string) => number,
): SetAdapter {
  return {
    set,
    *cases(files): Iterable<SetCase> {
      for (const file of files.files()) {
        const cases = count?.(files, file) ?? 1
        for (let at = 0; at < cases; at += 1) yield { name: `${file} ${at}`, judge: () => ({ outOfScope }) }
      }
    },
  }
}
