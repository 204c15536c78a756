/**
 * What a block links to, by its codec: in CBOR every tag 42, wherever it stands; in dag-pb the links of the node; in
 * raw nothing. Only what is read completely has links: half of them would be worse than none, since whoever collects
 * or copies would take them for all.
 */
import { decodeCbor } from '../cbor/decode.ts'
import { linkOf } from '../cbor/link.ts'
import { CBOR_DEPTH_MAX, CORE_PROFILE, DAG_CBOR_PROFILE, GRID_CBOR_PROFILE } from '../cbor/profile.ts'
import { isTagged } from '../cbor/value.ts'
import { CODEC, createCid } from '../cid.ts'
import { BLOCK_BYTES_MAX } from '../store-limits.ts'
import { dagPbLinks } from './dag-pb-links.ts'
import type { CID } from 'multiformats/cid'
import type { CborProfile } from '../cbor/profile.ts'
import type { CborRefusalCode } from '../cbor/scan.ts'
import type { CborValue } from '../cbor/value.ts'
import type { Result } from '../interface.ts'

/** Every block that can be kept is read, however deep it nests and however small its items are. */
const WHOLE_BLOCK = { maxBytes: BLOCK_BYTES_MAX, items: BLOCK_BYTES_MAX, depth: CBOR_DEPTH_MAX }

const CBOR_PROFILES: ReadonlyMap<number, CborProfile> = new Map([
  [CODEC.dagCbor, { ...DAG_CBOR_PROFILE, ...WHOLE_BLOCK }],
  [CODEC.gridCbor, { ...GRID_CBOR_PROFILE, ...WHOLE_BLOCK }],
  [CODEC.cbor, { ...CORE_PROFILE, ...WHOLE_BLOCK }],
])

/** Whether blocks of this codec may have links that nobody here can read. */
export function isOpaque(codec: number): boolean {
  return codec !== CODEC.raw && codec !== CODEC.dagPb && !CBOR_PROFILES.has(codec)
}

/**
 * The CIDs in a block, in its order and as often as they stand there; none for raw and for a codec that
 * {@link isOpaque}. Refused when the bytes are not what the codec says. CIDv0 is answered as the CIDv1 it means.
 */
export function linksOf(cid: CID, bytes: Uint8Array): Result<readonly CID[], CborRefusalCode> {
  if (isOpaque(cid.code) || cid.code === CODEC.raw) return { ok: [] }
  const profile = CBOR_PROFILES.get(cid.code)
  const found = profile === undefined ? pbLinks(bytes) : cborLinks(bytes, profile)
  return found.refused === undefined ? { ok: found.ok.map(asVersion1) } : found
}

/**
 * What bytes would link to under any codec: for whoever must not miss a link and does not know the codec. Bytes that
 * are no such block link to nothing.
 */
export function linksOfAny(bytes: Uint8Array): CID[] {
  const cbor = mayHoldTag42(bytes)
    ? [...CBOR_PROFILES.values()].map((profile) => cborLinks(bytes, profile))
    : []
  return [...cbor, pbLinks(bytes)].flatMap(({ ok = [] }) => ok).map(asVersion1)
}

/** Tag 42 is written as these two bytes, there is no other way. */
function mayHoldTag42(bytes: Uint8Array): boolean {
  for (let at = bytes.indexOf(0xd8); at >= 0; at = bytes.indexOf(0xd8, at + 1)) {
    if (bytes[at + 1] === 42) return true
  }
  return false
}

function pbLinks(bytes: Uint8Array): Result<readonly CID[], CborRefusalCode> {
  const links = dagPbLinks(bytes)
  return links === undefined ? { refused: { code: 'DECODE', detail: 'not dag-pb' } } : { ok: links }
}

function cborLinks(bytes: Uint8Array, profile: CborProfile): Result<readonly CID[], CborRefusalCode> {
  const decoded = decodeCbor(bytes, profile)
  if (decoded.refused) return decoded
  const links: CID[] = []
  gather(decoded.ok, links)
  return { ok: links }
}

/** CIDv0 names the block that CIDv1 with the same codec and digest names, and a store finds it by the latter. */
function asVersion1(cid: CID): CID {
  return cid.version === 0 ? createCid(cid.code, cid.multihash.digest) : cid
}

/** Recursion ends: a profile bounds the depth. */
function gather(value: CborValue, links: CID[]): void {
  const link = linkOf(value)
  if (link !== undefined) links.push(link)
  else if (Array.isArray(value)) for (const item of value) gather(item, links)
  else if (isTagged(value)) gather(value.value, links)
  else if (value instanceof Map) {
    for (const [key, item] of value) {
      gather(key, links)
      gather(item, links)
    }
  }
}
