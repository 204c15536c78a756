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

/**
 * Of each slot the CID that was made last, by four octets of it. Only one that is made twice is kept: most are never
 * named again, and to keep each of them for a while makes the collector of garbage copy it around.
 */
const madeOnce = new Int32Array(SLOTS)

/** The CID whose binary form is bytes[start, end); undefined when it is not remembered. */
export function knownCid(bytes: Uint8Array, start: number, end: number): CID | undefined {
  const cid = known[slotOf(bytes, end)]
  return cid !== undefined && stands(cid.bytes, bytes, start, end) ? cid : undefined
}

/** From the second time on freezes a CID and remembers it for those who read the same one. */
export function rememberCid(cid: CID): CID {
  const { bytes, multihash } = cid
  if (bytes.length > CID_BYTES_MAX) return cid
  const slot = slotOf(bytes, bytes.length)
  const mark = markOf(bytes, bytes.length)
  if (madeOnce[slot] !== mark) madeOnce[slot] = mark
  else {
    Object.freeze(multihash)
    known[slot] = Object.freeze(cid)
  }
  return cid
}

/** Four octets before those of the slot; a mistake only keeps a CID too early. */
function markOf(bytes: Uint8Array, end: number): number {
  const at = end - 6
  return (
    ((bytes[at] ?? 0) << 24) |
    ((bytes[at + 1] ?? 0) << 16) |
    ((bytes[at + 2] ?? 0) << 8) |
    (bytes[at + 3] ?? 0)
  )
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
