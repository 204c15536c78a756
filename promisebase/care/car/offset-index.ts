/**
 * The index at the end of a CAR of version 2: for each digest the offset of its section in the data
 * (ipld.io/specs/transport/car/carv2). Numbers are little-endian.
 *
 *   index     = sorted / multihash
 *   sorted    = varint(0x0400) buckets
 *   multihash = varint(0x0401) count4 *(hash8 buckets)      ; by the code of the hash, ascending
 *   buckets   = count4 *bucket                              ; by width, ascending
 *   bucket    = width4 length8 *(digest offset8)            ; width = digest and offset, length = of all of them
 */
import { compareBytes } from '../../keys.ts'
import { joinBytes } from './header.ts'
import { encodeVarint } from './varint.ts'
import type { CID } from 'multiformats/cid'

/** `sorted` knows digests alone, `multihash` which hash each is of. */
export type CarIndex = 'sorted' | 'multihash'

/** Where a section lies, from the beginning of the data. */
export interface SectionPlace {
  readonly cid: CID
  readonly offset: number
}

const CODES = { sorted: 0x0400, multihash: 0x0401 } as const
const OFFSET_BYTES = 8

export function encodeIndex(kind: CarIndex, places: readonly SectionPlace[]): Uint8Array {
  const code = encodeVarint(CODES[kind])
  if (kind === 'sorted') return joinBytes([code, encodeBuckets(places)])
  const byHash = groupBy(places, ({ cid }) => cid.multihash.code)
  const groups = byHash.map(([hash, group]) => joinBytes([littleEndian(8, hash), encodeBuckets(group)]))
  return joinBytes([code, littleEndian(4, groups.length), ...groups])
}

function encodeBuckets(places: readonly SectionPlace[]): Uint8Array {
  const buckets = groupBy(places, ({ cid }) => cid.multihash.digest.length + OFFSET_BYTES)
  return joinBytes([
    littleEndian(4, buckets.length),
    ...buckets.map(([width, group]) => encodeBucket(width, group)),
  ])
}

function encodeBucket(width: number, places: readonly SectionPlace[]): Uint8Array {
  const sorted = places.toSorted(
    (a, b) => compareBytes(a.cid.multihash.digest, b.cid.multihash.digest) || a.offset - b.offset,
  )
  const entries = sorted.flatMap(({ cid, offset }) => [
    cid.multihash.digest,
    littleEndian(OFFSET_BYTES, offset),
  ])
  return joinBytes([littleEndian(4, width), littleEndian(8, width * places.length), ...entries])
}

/** Groups by a number, ascending. */
function groupBy<T>(items: readonly T[], numberOf: (item: T) => number): (readonly [number, readonly T[]])[] {
  const groups = new Map<number, T[]>()
  for (const item of items) {
    const group = groups.get(numberOf(item))
    if (group === undefined) groups.set(numberOf(item), [item])
    else group.push(item)
  }
  return [...groups].sort(([a], [b]) => a - b)
}

function littleEndian(length: 4 | 8, value: number): Uint8Array {
  const bytes = new Uint8Array(length)
  const view = new DataView(bytes.buffer)
  if (length === 4) view.setUint32(0, value, true)
  else view.setBigUint64(0, BigInt(value), true)
  return bytes
}
