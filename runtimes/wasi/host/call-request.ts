/**
 * A call of another handler as a guest writes it down, 64 bytes, all numbers little-endian:
 *
 *   0 capability   4 protocol, length   12 method, length   20 input, length   28 lend, count
 *   36 resource kind (0 none, 2 space, 3 labels)   40 name, length   48 prefix, length   56 fuel (8 bytes, 0 all)
 *
 * (spec/host-functions.md, "Call"). Where a length stands behind a word, the word is an address.
 */
import { readNumbers } from './lists.ts'
import type { Guest } from '../guest.ts'
import type { Field } from './fields.ts'

const REQUEST_BYTES = 64

/** The fields of the question `call`. */
export function readCallRequest(guest: Guest, at: number): readonly Field[] {
  const bytes = guest.slice(at, REQUEST_BYTES)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const word = (offset: number): number => view.getUint32(offset, true)
  const named = (offset: number): Uint8Array => guest.slice(word(offset), word(offset + 4))
  const lend = readNumbers(guest, word(28), word(32))
  return [
    word(0),
    named(4),
    named(12),
    named(20),
    ...[lend.length, ...lend],
    ...[word(36), named(40), named(48)],
    Math.min(Number(view.getBigUint64(56, true)), Number.MAX_SAFE_INTEGER),
  ]
}
