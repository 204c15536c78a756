/** What a handler of the demonstration made of the file, in a few lines. */
import { columns } from '../terminal/layout.ts'
import { safeLine, textOf } from '../terminal/safe-text.ts'
import { bytes, count } from '../terminal/units.ts'

const WORDS = 5
const WORD_LENGTH_MAX = 24

/** The part of an answer of word-index that is shown. */
interface WordIndex {
  readonly words: number
  readonly distinct: number
  readonly lines: number
  readonly index: readonly {
    readonly word: string
    readonly count: number
    readonly on: number
    readonly lines: readonly number[]
  }[]
}

export function resultLines(handler: string, input: Uint8Array, output: Uint8Array): string[] {
  return handler === 'word-index'
    ? words(output)
    : [`${bytes(input.length)} became ${ratio(input, output)} of it`]
}

/** `9,614 bytes, 60 %`. */
export function ratio(original: Uint8Array, packed: Uint8Array): string {
  const percent = original.length === 0 ? 100 : (100 * packed.length) / original.length
  return `${bytes(packed.length)}, ${percent.toFixed(0)} %`
}

function words(output: Uint8Array): string[] {
  const answer = JSON.parse(textOf(output) ?? '{}') as WordIndex
  const rows = answer.index
    .slice(0, WORDS)
    .map((entry) => [
      safeLine(entry.word.slice(0, WORD_LENGTH_MAX)),
      `${count(entry.count)} times`,
      `on ${count(entry.on)} lines: ${entry.lines.map(count).join(', ')}${entry.on > entry.lines.length ? ', …' : ''}`,
    ])
  const { words: total, distinct, lines } = answer
  return [
    `${count(total)} words on ${count(lines)} lines, ${count(distinct)} different ones:`,
    ...columns(rows),
  ]
}
