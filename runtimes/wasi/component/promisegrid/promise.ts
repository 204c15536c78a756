/** `promise` and `promise-outcome`: what this handler promises, and how promises to the sender ended. */
import { listType } from '../types/list.ts'
import { variantType } from '../types/variant.ts'
import { boundedList } from './bounded-list.ts'
import { question } from './question.ts'
import { asBytes, bytes, text, u32, utf8 } from './types.ts'
import type { Field } from '../../host/fields.ts'
import type { Case } from '../types/value.ts'
import type { Offered } from '../wasi/offer.ts'

const TERMS = { plain: 0, wraps: 1, conditions: 2 } as const
const terms = variantType([
  { name: 'plain', type: undefined },
  { name: 'wraps', type: bytes },
  { name: 'conditions', type: listType(bytes) },
])

export const PROMISE: Offered = {
  functions: {
    defer: question('promise_defer', [u32, terms], asBytes, ([seconds, agreed]) => [
      seconds as number,
      ...termsFields(agreed as Case),
    ]),
    keep: question('promise_keep', [bytes, bytes], undefined),
    break: question('promise_break', [bytes, text], undefined, ([promise, detail]) => [
      promise as Uint8Array,
      utf8(detail),
    ]),
  },
}

export const PROMISE_OUTCOME: Offered = {
  functions: { get: question('promise_outcome', [bytes], asBytes) },
}

/** What it wraps, and its conditions with their number in front: no bytes and none where there are none. */
function termsFields({ index, value }: Case): readonly Field[] {
  const wraps = index === TERMS.wraps ? (value as Uint8Array) : new Uint8Array(0)
  const conditions = index === TERMS.conditions ? boundedList(value) : []
  return [wraps, conditions.length, ...(conditions as readonly Uint8Array[])]
}
