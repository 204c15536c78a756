/** How the demonstration is told: numbered scenes, aligned rows, nothing wider than a slide. */
import { columns, indent } from '../terminal/layout.ts'
import type { Paint, Terminal } from '../terminal/terminal.ts'

export interface Story {
  readonly paint: Paint
  /** Begins a scene. */
  scene(title: string): void
  /** Aligned cells. */
  rows(rows: readonly (readonly string[])[]): void
  /** Lines as they are. */
  lines(lines: readonly string[]): void
  /** Runs something that may take a while. */
  wait<T>(says: string, work: () => Promise<T>): Promise<T>
}

const MARGIN = 3

export function createStory({ out, json, paint, progress }: Terminal): Story {
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
    rows: (rows) => lines(columns(rows)),
    lines,
    wait: progress,
  }
}
