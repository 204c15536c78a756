/**
 * A section: a block under its name.
 *
 *   section = length CID bytes     ; length = varint of CID and bytes together
 */
import { CODEC, createCid, isCid, parseCid } from '../../cid.ts'
import { HASH, IDENTITY_BYTES_MAX } from '../../hash.ts'
import { BLOCK_BYTES_MAX } from '../../store-limits.ts'
import { joinBytes } from './header.ts'
import { encodeVarint, readVarint } from './varint.ts'
import type { CID } from 'multiformats/cid'

/** No CID that is taken is longer: version, codec, hash and length, and the longest content of an identity CID. */
const CID_BYTES_MAX = 1 + 9 + 9 + 2 + IDENTITY_BYTES_MAX

export const SECTION_BYTES_MAX = CID_BYTES_MAX + BLOCK_BYTES_MAX

const ANY = { hashes: Object.values(HASH), identityBytes: IDENTITY_BYTES_MAX }

/** Bytes of the bare sha2-256 multihash that old CIDs of IPFS are. */
const VERSION_0_BYTES = 34

export interface Section {
  /** CIDv1 also where CIDv0 stands. */
  readonly cid: CID
  readonly bytes: Uint8Array
}

export function encodeSection({ cid, bytes }: Section): Uint8Array {
  return joinBytes([encodeVarint(cid.bytes.length + bytes.length), cid.bytes, bytes])
}

/** How long {@link encodeSection} makes it. */
export function sectionLength({ cid, bytes }: Section): number {
  const length = cid.bytes.length + bytes.length
  return encodeVarint(length).length + length
}

/** Splits what stands behind the length; undefined when it does not begin with a CID that can be taken. */
export function decodeSection(section: Uint8Array): Section | undefined {
  const end = cidEnd(section)
  if (end === undefined || end > section.length) return undefined
  const cid = readName(section.subarray(0, end))
  return cid && { cid, bytes: section.subarray(end) }
}

/** The same block, named as a store names it. Undefined for what no store here can ever check. */
export function asVersion1(cid: CID): CID | undefined {
  return isCid(cid) ? readName(cid.bytes) : undefined
}

function readName(bytes: Uint8Array): CID | undefined {
  if (isVersion0(bytes))
    return bytes.length === VERSION_0_BYTES ? createCid(CODEC.dagPb, bytes.subarray(2)) : undefined
  return parseCid(bytes, ANY).ok
}

/** Where the CID at the beginning ends. */
function cidEnd(bytes: Uint8Array): number | undefined {
  if (isVersion0(bytes)) return VERSION_0_BYTES
  let at = 0
  let value = 0
  for (let field = 0; field < 4; field++) {
    const varint = readVarint(bytes, at)
    if (varint === undefined) return undefined
    at = varint.end
    value = varint.value
  }
  return at + value
}

function isVersion0(bytes: Uint8Array): boolean {
  return bytes[0] === 0x12 && bytes[1] === 0x20
}
