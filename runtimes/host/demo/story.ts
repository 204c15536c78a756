/** How the demonstration is told: numbered scenes, aligned rows, nothing wider than a slide. */
import { columns, indent, WIDTH, wrap } from '../terminal/layout.ts'
import type { Paint, Terminal } from '../terminal/terminal.ts'

export interface Story {
  readonly paint: Paint
  /** Begins a scene. */
  scene(title: string): void
  /** A paragraph. */
  say(text: string): void
  /** Aligned cells. */
  rows(rows: readonly (readonly string[])[]): void
  /** Lines as they are. */
  lines(lines: readonly string[]): void
}

const MARGIN = 3

export function createStory({ out, json, paint }: Terminal): Story {
  let scenes = 0
  const lines = (each: readonly string[]): void => {
    if (!json) for (const line of indent(each, MARGIN)) out(line)
  }
  return {
    paint,
    scene: (title) => {
      scenes += 1
      if (!json) out(`\n${paint.strong(`${scenes}  ${title}`)}`)
    },
    say: (text) => lines(wrap(text, WIDTH - MARGIN)),
    rows: (rows) => lines(columns(rows)),
    lines,
  }
}
