/** Links: tag 42 over a byte string that holds a CID, behind a 00 as IPLD writes it, or bare. */
import { cidAt, isCid } from '../cid.ts'
import { isTagged } from './value.ts'
import type { CID } from 'multiformats/cid'
import type { CborValue } from './value.ts'

/** The CID of a decoded link in either writing; undefined for anything else. */
export function linkOf(value: CborValue | undefined): CID | undefined {
  if (isCid(value)) return value
  const isBare = isTagged(value, 42) && value.value instanceof Uint8Array
  return isBare ? cidAt(value.value, 0, value.value.length) : undefined
}

/** The CID of the link in bytes[start, end), which a scan accepted. @throws {RangeError} when there is none */
export function linkAt(bytes: Uint8Array, start: number, end: number): CID {
  // Two bytes of the tag, then the head of the byte string.
  const info = (bytes[start + 2] as number) & 0x1f
  const content = start + 3 + (info < 24 ? 0 : 1 << (info - 24))
  const cid = cidAt(bytes, bytes[content] === 0 ? content + 1 : content, end)
  if (cid === undefined) throw new RangeError(`no link at byte ${start}: the bytes changed after the scan`)
  return cid
}
