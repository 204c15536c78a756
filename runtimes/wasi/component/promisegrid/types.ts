/** Types that several of the interfaces have, and texts as the fields of a question hold them. */
import { listType } from '../types/list.ts'
import { SCALAR_TYPES } from '../types/scalar.ts'
import { STRING_TYPE } from '../types/text.ts'
import { NONE } from '../types/value.ts'
import { optionType } from '../types/variant.ts'
import type { Answer } from '../../host/answer.ts'
import type { Case, Value } from '../types/value.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder()
const SOME = 1

export const { u32, u64 } = SCALAR_TYPES
export const bytes = listType(SCALAR_TYPES.u8)
export const text = STRING_TYPE

export const asBytes = { type: bytes, read: ({ bytes: given }: Answer): Value => given }
export const asText = { type: text, read: ({ bytes: given }: Answer): Value => decoder.decode(given) }
/** What may be absent, which is a status below zero. */
export const asOptionalBytes = {
  type: optionType(bytes),
  read: ({ status, bytes: given }: Answer): Value => (status < 0 ? NONE : some(given)),
}

export function some(value: Value): Case {
  return { index: SOME, value }
}

/** No bytes where there is nothing. */
export function bytesOf(option: Value | undefined): Uint8Array {
  return ((option as Case).value as Uint8Array | undefined) ?? new Uint8Array(0)
}

export function utf8(value: Value | undefined): Uint8Array {
  return encoder.encode(value as string)
}

export function textOf(value: Uint8Array): string {
  return decoder.decode(value)
}
