/**
 * Every CID that stands anywhere in some bytes, whatever they are: also in a signed payload, which is a string of bytes
 * within CBOR, and in formats nobody here knows. It may see one where none was meant; whoever keeps what entries name
 * keeps a block too many then, which is the side to err on.
 *
 *   cid = %x01 varint(codec) varint(hash) varint(length) digest     ; a whole digest of a known hash
 */
import { cidAt } from '../cid.ts'
import { digestBytes } from '../hash.ts'
import type { CID } from 'multiformats/cid'

export function* cidsWithin(bytes: Uint8Array): Generator<CID, void, undefined> {
  for (let at = bytes.indexOf(1); at >= 0; at = bytes.indexOf(1, at + 1)) {
    const end = endOfCid(bytes, at)
    const cid = end === undefined ? undefined : cidAt(bytes, at, end)
    if (cid !== undefined) yield cid
  }
}

function endOfCid(bytes: Uint8Array, start: number): number | undefined {
  const codec = readVarint(bytes, start + 1)
  const hash = codec && readVarint(bytes, codec.end)
  const length = hash && digestBytes(hash.value)
  // Lengths of digests are below 128, and so one octet.
  if (length === undefined || bytes[hash!.end] !== length) return undefined
  const end = hash!.end + 1 + length
  return end <= bytes.length ? end : undefined
}

/** Codes are below 2^28: four octets. */
function readVarint(
  bytes: Uint8Array,
  start: number,
): { readonly value: number; readonly end: number } | undefined {
  let value = 0
  for (let i = 0; i < 4; i++) {
    const byte = bytes[start + i]
    if (byte === undefined) return undefined
    value += (byte & 0x7f) << (7 * i)
    if (byte < 0x80) return { value, end: start + i + 1 }
  }
  return undefined
}
