/** Lines of text that are put together: on one line while they fit, one below the other when they do not. */

export interface Layout {
  readonly indent: number
  readonly width: number
}

/** A list between its brackets. */
export function bracket(
  open: string,
  parts: readonly (readonly string[])[],
  close: string,
  { indent, width }: Layout,
): string[] {
  const flat = open + parts.map((lines) => lines.join(' ')).join(', ') + close
  const isFlat = parts.every((lines) => lines.length === 1) && flat.length <= width
  if (isFlat || parts.length === 0) return [flat]
  const margin = ' '.repeat(indent)
  const body = parts.flatMap((lines, index) => {
    const ended = index < parts.length - 1 ? join(lines, ',', ['']) : lines
    return ended.map((line) => margin + line)
  })
  return [open.trimEnd(), ...body, close]
}

/** Two pieces, joined on the line where the first ends and the second begins. */
export function join(first: readonly string[], between: string, second: readonly string[]): string[] {
  const seam = (first.at(-1) ?? '') + between + (second[0] ?? '')
  return [...first.slice(0, -1), seam, ...second.slice(1)]
}
