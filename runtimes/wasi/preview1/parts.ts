/** Scattered reads and gathered writes: a list of parts of the memory, one after the other. */
import { ERRNO } from './errno.ts'
import type { Guest } from '../guest.ts'

/** As many parts as POSIX systems accept in one call. */
const PARTS_MAX = 1_024
const PART_BYTES = 8

/** Walks the parts of a scattered read or write; `take` tells how many bytes of a part it dealt with. */
export function eachPart(
  guest: Guest,
  partsAt: number,
  count: number,
  totalAt: number,
  take: (part: Uint8Array) => number,
): number {
  if (count >>> 0 > PARTS_MAX) return ERRNO.inval
  const parts = guest.slice(partsAt, count * PART_BYTES)
  const table = new DataView(parts.buffer, parts.byteOffset, parts.length)
  let total = 0
  for (let at = 0; at < parts.length; at += PART_BYTES) {
    const part = guest.slice(table.getUint32(at, true), table.getUint32(at + 4, true))
    const taken = take(part)
    total += taken
    if (taken < part.length) break
  }
  const result = guest.slice(totalAt, 4)
  new DataView(result.buffer, result.byteOffset, 4).setUint32(0, total, true)
  return ERRNO.success
}
