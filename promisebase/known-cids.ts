/**
 * CIDs read lately, found again by where they stand in other bytes: the same few (a grid, a protocol, an adoption)
 * are in every message, and to make a CID costs several arrays. What is found is frozen, since others have it too.
 */
import type { CID } from 'multiformats/cid'

/** One CID for each of these slots; a newer one takes the place of the older. */
const SLOTS = 1_024
/** The longest CID kept: others are rare, and may be as long as whoever sent them likes. */
const CID_BYTES_MAX = 80

const known: (CID | undefined)[] = Array.from({ length: SLOTS }, () => undefined)

/** The CID whose binary form is bytes[start, end); undefined when it is not remembered. */
export function knownCid(bytes: Uint8Array, start: number, end: number): CID | undefined {
  const cid = known[slotOf(bytes, end)]
  return cid !== undefined && stands(cid.bytes, bytes, start, end) ? cid : undefined
}

/** Freezes a CID and remembers it for those who read the same one. */
export function rememberCid(cid: CID): CID {
  const { bytes, multihash } = cid
  if (bytes.length > CID_BYTES_MAX) return cid
  Object.freeze(multihash)
  known[slotOf(bytes, bytes.length)] = Object.freeze(cid)
  return cid
}

/** By the end of the digest, which is as good as drawn. */
function slotOf(bytes: Uint8Array, end: number): number {
  return (((bytes[end - 2] ?? 0) << 8) | (bytes[end - 1] ?? 0)) % SLOTS
}

function stands(cid: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start !== cid.length) return false
  for (let at = 0; at < cid.length; at++) if (cid[at] !== bytes[start + at]) return false
  return true
}
