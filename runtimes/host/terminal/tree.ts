/** A tree of lines, drawn with the usual strokes. */
import { indent, WIDTH, wrap } from './layout.ts'

export interface Branch {
  readonly title: string
  /** Lines about it, before what hangs on it. */
  readonly notes?: readonly string[]
  readonly branches?: readonly Branch[]
}

export function treeLines({ title, notes = [], branches = [] }: Branch): string[] {
  return [title, ...hanging(notes, branches)]
}

function hanging(notes: readonly string[], branches: readonly Branch[]): string[] {
  const stroke = branches.length > 0 ? '│  ' : '   '
  return [
    ...notes.flatMap((note) => filled(note).map((line) => stroke + line)),
    ...branches.flatMap((branch, index) => drawn(branch, index === branches.length - 1)),
  ]
}

function drawn({ title, notes = [], branches = [] }: Branch, isLast: boolean): string[] {
  const below = isLast ? '   ' : '│  '
  const [first = '', ...more] = filled(title)
  const stroke = branches.length > 0 ? '│  ' : '   '
  return [
    (isLast ? '└─ ' : '├─ ') + first,
    ...more.map((line) => below + stroke + line),
    ...hanging(notes, branches).map((line) => below + line),
  ]
}

/** What goes on in the next line hangs below where its text began. */
function filled(text: string): string[] {
  const [first = '', ...more] = wrap(text, WIDTH - 8)
  return [first, ...indent(more, 6)]
}
