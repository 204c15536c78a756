/** A key's text and its value; undefined when the key is to be deleted. */
export type RunEntry = readonly [text: string, value: Uint8Array | undefined]

/** Two runs in the same order made one; where both have a key, `over` hides `under`. */
export async function* mergeRuns(
  under: AsyncIterable<RunEntry>,
  over: readonly RunEntry[],
  reverse: boolean,
): AsyncGenerator<RunEntry, void, undefined> {
  let at = 0
  for await (const entry of under) {
    while (at < over.length && isBefore(over[at]![0], entry[0], reverse)) yield over[at++]!
    if (over[at]?.[0] === entry[0]) yield over[at++]!
    else yield entry
  }
  while (at < over.length) yield over[at++]!
}

/** Whether `a` comes first in the order of a scan. */
export function isBefore(a: string, b: string, reverse: boolean): boolean {
  return reverse ? a > b : a < b
}
