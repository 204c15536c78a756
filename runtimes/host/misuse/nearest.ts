/** The word somebody may have meant who wrote another one. */

/** Of words as long as these three letters are still the same word, of shorter ones a third of it. */
const CHANGES_MAX = 3

/** The one that takes the fewest letters to change; undefined where none is near. */
export function nearest(written: string, words: readonly string[]): string | undefined {
  const [best] = words
    .map((word) => ({ word, changes: changesBetween(written.toLowerCase(), word.toLowerCase()) }))
    .filter(({ word, changes }) => changes <= Math.min(CHANGES_MAX, Math.ceil(word.length / 3)))
    .sort((left, right) => left.changes - right.changes)
  return best?.word
}

/** How many letters are put in, left out or replaced. */
function changesBetween(from: string, to: string): number {
  if (Math.abs(from.length - to.length) > CHANGES_MAX) return Infinity
  let row = Array.from({ length: to.length + 1 }, (_, at) => at)
  for (const [at, letter] of [...from].entries()) {
    const next = [at + 1]
    for (const [column, other] of [...to].entries())
      next.push(
        Math.min(
          (next[column] ?? 0) + 1,
          (row[column + 1] ?? 0) + 1,
          (row[column] ?? 0) + Number(letter !== other),
        ),
      )
    row = next
  }
  return row.at(-1) ?? 0
}
