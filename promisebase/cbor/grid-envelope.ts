/**
 * The tagged envelope (spec/encoding.md, "Grid envelope"), as far as everybody can read it: the link of its
 * protocol and where its slots lie. What the slots mean is for the protocol to say.
 *
 *   envelope = #6.1735551332([protocol: #6.42(bytes), * slot: any])
 */
import { elementOffsets } from './elements.ts'
import { GRID_TAG_BYTES, isGridEnvelope } from './grid-tag.ts'
import { linkAt } from './link.ts'
import { GRID_CBOR_PROFILE } from './profile.ts'
import { scanCbor } from './scan.ts'
import type { CID } from 'multiformats/cid'
import type { CborProfile } from './profile.ts'
import type { CborResult } from './scan.ts'

export interface GridEnvelope {
  /** The first slot: which protocol says what the others mean. Not code, not an address. */
  readonly protocol: CID
  /** Slot `n` is bytes.subarray(offsets[n], offsets[n + 1]); one more than there are slots. */
  readonly offsets: readonly number[]
}

/** Scans a tagged envelope and finds its slots; nothing of them is decoded. Never throws on input. */
export function scanGridEnvelope(
  bytes: Uint8Array,
  profile: CborProfile = GRID_CBOR_PROFILE,
): CborResult<GridEnvelope> {
  const scanned = scanCbor(bytes, profile)
  if (scanned.refused !== undefined) return scanned
  if (!isGridEnvelope(bytes)) return { refused: { code: 'SHAPE', detail: 'not a tagged grid envelope' } }
  const offsets = elementOffsets(bytes, GRID_TAG_BYTES)
  return { ok: { protocol: linkAt(bytes, offsets[0] as number, offsets[1] as number), offsets } }
}
