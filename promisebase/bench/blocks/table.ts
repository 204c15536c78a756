/** The figures as lines of Markdown: a row for each operation and store. */
import { OPERATIONS } from './phases.ts'
import type { Figure, Operation } from './phases.ts'
import type { SideName } from './side.ts'

export function linesOf(figures: readonly Figure[], sizes: readonly number[]): string[] {
  const heads = ['operation', 'store', ...sizes.map((size) => `at ${size.toLocaleString('en-US')}`)]
  if (sizes.length > 1) heads.push('growth')
  heads.push('ours to it')
  const rows = Object.keys(OPERATIONS).flatMap((operation) => rowsOf(operation as Operation, figures, sizes))
  return [heads, heads.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`)
}

function rowsOf(operation: Operation, figures: readonly Figure[], sizes: readonly number[]): string[][] {
  const own = figures.filter((figure) => figure.operation === operation)
  const valueOf = (name: SideName, size: number | undefined): number =>
    own.find(({ side }) => side.name === name && side.size === size)?.value ?? NaN
  const names = new Set(own.map(({ side }) => side.name))
  return [...names].map((name) => {
    const values = sizes.map((size) => valueOf(name, size))
    const growth = sizes.length > 1 ? [figureOf(values.at(-1)! / values[0]!)] : []
    // More is better: how much of its speed ours has.
    const ratios = sizes.map((size, at) => figureOf(values[at]! / valueOf('ours', size)))
    return [operation, name, ...values.map(figureOf), ...growth, name === 'ours' ? '' : ratios.join(', ')]
  })
}

/** Three figures: a fourth would be noise. */
function figureOf(value: number): string {
  return Number.isNaN(value) ? '–' : Number(value.toPrecision(3)).toLocaleString('en-US')
}
