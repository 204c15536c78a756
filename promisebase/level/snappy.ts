/**
 * Unpacks the raw form of Snappy, in which LevelDB may keep a block of a table (its format description, sections 1
 * and 2). Only here to look into a file before the engine does; the engine has its own.
 */
import { ByteCursor } from './byte-cursor.ts'

/** @throws {RangeError} when the bytes are no such form, or would be longer than `most` */
export function unpackSnappy(packed: Uint8Array, most: number): Uint8Array {
  const cursor = new ByteCursor(packed)
  const length = cursor.varint()
  if (length > most) throw new RangeError('more bytes than a block may have')
  const bytes = new Uint8Array(length)
  let at = 0
  while (!cursor.isAtEnd) {
    const tag = cursor.take(1)[0]!
    if ((tag & 3) === 0) at = literal(cursor, tag, bytes, at)
    else at = copy(cursor, tag, bytes, at)
  }
  if (at !== length) throw new RangeError('fewer bytes than were announced')
  return bytes
}

/** `tag`: the length less one in six bits, or how many octets of it follow. */
function literal(cursor: ByteCursor, tag: number, bytes: Uint8Array, at: number): number {
  const short = tag >>> 2
  const length = 1 + (short < 60 ? short : littleEndian(cursor.take(short - 59)))
  if (at + length > bytes.length) throw new RangeError('more bytes than were announced')
  bytes.set(cursor.take(length), at)
  return at + length
}

/** A stretch of what is there already; it may reach into what it writes itself. */
function copy(cursor: ByteCursor, tag: number, bytes: Uint8Array, at: number): number {
  const kind = tag & 3
  const length = kind === 1 ? 4 + ((tag >>> 2) & 7) : 1 + (tag >>> 2)
  const high = kind === 1 ? (tag >>> 5) << 8 : 0
  const distance = high + littleEndian(cursor.take(kind === 1 ? 1 : kind === 2 ? 2 : 4))
  if (distance === 0 || distance > at || at + length > bytes.length) throw new RangeError('a copy of nothing')
  for (let end = at + length; at < end; at++) bytes[at] = bytes[at - distance]!
  return at
}

function littleEndian(octets: Uint8Array): number {
  return octets.reduceRight((value, octet) => value * 256 + octet, 0)
}
