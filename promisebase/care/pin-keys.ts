/**
 * Where pins lie: each one under its content and under its owner, so that either can be listed (spec/care.md, "Pins").
 *
 *   space  = ".pins"
 *   key    = %x01 length cid owner        ; value: dag-cbor { "kind": "recursive" / "direct", ? "expires": uint }
 *          / %x02 length owner cid        ; value: nothing
 *   length = 2OCTET                       ; of what follows it first
 *   owner  = 1*256OCTET                   ; UTF-8
 */
import { decodeCbor } from '../cbor/decode.ts'
import { encodeDagCbor } from '../cbor/encode.ts'
import { DAG_CBOR_PROFILE } from '../cbor/profile.ts'
import { parseCid } from '../cid.ts'
import { StoreError } from '../errors.ts'
import { HASH } from '../hash.ts'
import type { CID } from 'multiformats/cid'
import type { SpaceEntry } from '../interface.ts'

/** What somebody wants kept. One owner has one pin on one CID. */
export interface Pin {
  readonly cid: CID
  readonly owner: string
  /** `recursive` keeps all that can be reached from the block, `direct` keeps the block alone. */
  readonly kind: 'recursive' | 'direct'
  /** The second from which on it holds nothing any more; for ever without it. */
  readonly expires?: number
}

export const PIN_SPACE = '.pins'

const BY_CID = 1
const BY_OWNER = 2
const OWNER_BYTES_MAX = 256
const NOTHING = new Uint8Array(0)

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** @throws {TypeError} for an owner that is no name */
export function pinKey(cid: CID, owner: string): Uint8Array {
  return key(BY_CID, cid.bytes, ownerBytes(owner))
}

/** The same pin where those of an owner are listed. */
export function ownedKey(cid: CID, owner: string): Uint8Array {
  return key(BY_OWNER, ownerBytes(owner), cid.bytes)
}

/** What the keys of all pins begin with, or of those on one CID. */
export function pinPrefix(cid?: CID): Uint8Array {
  return cid === undefined ? Uint8Array.of(BY_CID) : key(BY_CID, cid.bytes, NOTHING)
}

export function ownedPrefix(owner: string): Uint8Array {
  return key(BY_OWNER, ownerBytes(owner), NOTHING)
}

/** The CID in a key of {@link ownedKey}. @throws {StoreError} `CORRUPT` */
export function ownedCid(key: Uint8Array): CID {
  return cidOf(parts(key).second)
}

export function encodePin({ kind, expires }: Pin): Uint8Array {
  return encodeDagCbor(expires === undefined ? { kind } : { kind, expires })
}

/** The pin in an entry of {@link pinKey}. @throws {StoreError} `CORRUPT` */
export function decodePin({ key, value }: SpaceEntry): Pin {
  const { first, second } = parts(key)
  const map = decodeCbor(value, DAG_CBOR_PROFILE).ok
  if (!(map instanceof Map)) throw broken()
  const [kind, expires] = [map.get('kind'), map.get('expires')]
  if (kind !== 'recursive' && kind !== 'direct') throw broken()
  const pin = { cid: cidOf(first), owner: ownerOf(second), kind } as const
  if (expires === undefined) return pin
  if (typeof expires !== 'number') throw broken()
  return { ...pin, expires }
}

function ownerBytes(owner: string): Uint8Array {
  if (typeof owner !== 'string' || /\p{Surrogate}/u.test(owner)) throw new TypeError('owner must be text')
  const bytes = encoder.encode(owner)
  if (bytes.length === 0 || bytes.length > OWNER_BYTES_MAX)
    throw new TypeError(`owner must have 1 to ${OWNER_BYTES_MAX} bytes`)
  return bytes
}

function ownerOf(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes)
  } catch {
    throw broken()
  }
}

function key(index: number, first: Uint8Array, second: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(3 + first.length + second.length)
  bytes[0] = index
  bytes[1] = first.length >>> 8
  bytes[2] = first.length & 0xff
  bytes.set(first, 3)
  bytes.set(second, 3 + first.length)
  return bytes
}

function parts(key: Uint8Array): { readonly first: Uint8Array; readonly second: Uint8Array } {
  const end = 3 + ((key[1] ?? 0) << 8) + (key[2] ?? 0)
  if (key.length < end) throw broken()
  return { first: key.subarray(3, end), second: key.subarray(end) }
}

function cidOf(bytes: Uint8Array): CID {
  const parsed = parseCid(bytes, { hashes: Object.values(HASH) })
  if (parsed.refused) throw broken()
  return parsed.ok
}

function broken(): StoreError {
  return new StoreError('CORRUPT', 'a pin is not what was written')
}
