/** Functions over one dag-cbor item: decoded strictly, merged as values, encoded again. */
import { decodeCbor } from '../../cbor/decode.ts'
import { encodeDagCbor } from '../../cbor/encode.ts'
import { DAG_CBOR_PROFILE } from '../../cbor/profile.ts'
import { bytesKey } from '../../bytes-key.ts'
import { CODEC } from '../../cid.ts'
import { mergeFunctionCid } from './names.ts'
import type { CborValue } from '../../cbor/value.ts'
import type { Result } from '../../interface.ts'
import type { ContentFunction, MergeCode, MergeInput, MergeResult } from '../interface.ts'

export type ValueResult = Result<CborValue, MergeCode>

/**
 * Three values; `base` is undefined where there was nothing. `path` is where they stand, for people.
 */
export type ValueMerge = (
  base: CborValue | undefined,
  left: CborValue,
  right: CborValue,
  path: readonly string[],
) => ValueResult

export function valueFunction(name: string, merge: ValueMerge, sums?: 'adds up'): ContentFunction {
  return {
    kind: 'content',
    cid: mergeFunctionCid(name),
    name,
    codec: CODEC.dagCbor,
    ...(sums === undefined ? {} : { addsUp: true }),
    merge: (input) => mergeBlocks(merge, input),
  }
}

function mergeBlocks(merge: ValueMerge, { base, left, right }: MergeInput): MergeResult {
  const values = [left, right, ...(base === undefined ? [] : [base])].map((block) =>
    decodeCbor(block, DAG_CBOR_PROFILE),
  )
  const wrong = values.find(({ refused }) => refused !== undefined)
  if (wrong?.refused !== undefined)
    return refuse('SHAPE', `a content is not dag-cbor: ${wrong.refused.detail}`)
  const [ours, theirs, common] = values.map(({ ok }) => ok)
  const merged = merge(common, ours as CborValue, theirs as CborValue, [])
  if (merged.refused !== undefined) return merged
  return { ok: encodeDagCbor(merged.ok) }
}

/** Where one side has what the base has, the other side is the merge; `merge` decides the rest. */
export function unlessUnchanged(merge: ValueMerge): ValueMerge {
  return (base, left, right, path) => {
    if (isSame(base, right)) return { ok: left }
    return isSame(base, left) ? { ok: right } : merge(base, left, right, path)
  }
}

/** Where both sides came to the same value, they agree on it. */
export function unlessAgreed(merge: ValueMerge): ValueMerge {
  return (base, left, right, path) => (isSame(left, right) ? { ok: left } : merge(base, left, right, path))
}

/** Equal for equal values and only for them. */
export function valueKey(value: CborValue): string {
  return bytesKey(encodeDagCbor(value))
}

export function isSame(a: CborValue | undefined, b: CborValue | undefined): boolean {
  return a === undefined || b === undefined ? a === b : a === b || valueKey(a) === valueKey(b)
}

export function refuse(
  code: MergeCode,
  detail: string,
): { readonly refused: { code: MergeCode; detail: string } } {
  return { refused: { code, detail } }
}

/** `at /a/b`, or `at the top`. */
export function placeOf(path: readonly string[]): string {
  return path.length === 0 ? 'at the top' : `at /${path.join('/')}`
}

/** Both sides changed one thing, each in its own way. */
export const conflictAt: ValueMerge = (_base, _left, _right, path) =>
  refuse('CONFLICT', `both sides changed what is ${placeOf(path)}`)
