/** A text, line by line. A line ends with its line feed, the last one maybe without; no base is an empty text. */
import { CODEC } from '../../cid.ts'
import { isUtf8 } from '../../cbor/utf8.ts'
import { mergeLists } from './diff3.ts'
import { mergeFunctionCid } from './names.ts'
import type { ContentFunction, MergeInput, MergeResult } from '../interface.ts'

export const textLines: ContentFunction = {
  kind: 'content',
  cid: mergeFunctionCid('text-lines'),
  name: 'text-lines',
  codec: CODEC.raw,
  merge: mergeTexts,
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const encoder = new TextEncoder()

function mergeTexts({ base = new Uint8Array(0), left, right }: MergeInput): MergeResult {
  if (![base, left, right].every((text) => isUtf8(text, 0, text.length)))
    return { refused: { code: 'SHAPE', detail: 'a content is not UTF-8' } }
  const [common, ours, theirs] = [base, left, right].map(linesOf) as [string[], string[], string[]]
  const merged = mergeLists(common, ours, theirs, (line) => line)
  return merged.refused === undefined ? { ok: encoder.encode(merged.ok.join('')) } : inLines(merged.refused)
}

function linesOf(text: Uint8Array): string[] {
  return decoder.decode(text).match(/[^\n]*\n|[^\n]+$/g) ?? []
}

function inLines({
  code,
  detail,
}: {
  readonly code: 'CONFLICT' | 'LIMIT'
  readonly detail: string
}): MergeResult {
  return { refused: { code, detail: detail.replace('entries', 'lines').replace('entry', 'line') } }
}
