/**
 * Where holds lie that processes over one backend must know of each other (spec/care.md, "Holds"):
 *
 *   space  = ".holds"
 *   key    = %x01 id              ; value: dag-cbor { "expires": uint, ? "owner": text }
 *          / %x02 id number       ; value: blocks that were put under it
 *   id     = 16OCTET              ; random
 *   number = 8OCTET
 *   blocks = *(length multihash)
 *   length = OCTET
 */
import { decodeCbor } from '../cbor/decode.ts'
import { encodeDagCbor } from '../cbor/encode.ts'
import { DAG_CBOR_PROFILE } from '../cbor/profile.ts'
import { StoreError } from '../errors.ts'
import type { SpaceEntry } from '../interface.ts'

export const HOLD_SPACE = '.holds'
export const HOLD_ID_BYTES = 16

export const RECORD_PREFIX = Uint8Array.of(1)
export const BLOCKS_PREFIX = Uint8Array.of(2)

/** Far below what a value may have. */
const BLOCKS_BYTES = 512 * 1024

/** A hold as the store has it. */
export interface HoldRecord {
  /** In seconds: from then on a collection does not care for it, and removes it. */
  readonly expires: number
  readonly owner?: string
}

/** @throws {TypeError} */
export function checkExpiry(expires: number): void {
  if (!Number.isSafeInteger(expires) || expires < 0)
    throw new TypeError('expires must be a whole number of seconds')
}

export function recordKey(id: Uint8Array): Uint8Array {
  return Uint8Array.of(1, ...id)
}

export function blocksKey(id: Uint8Array, number: number): Uint8Array {
  const key = Uint8Array.of(2, ...id, 0, 0, 0, 0, 0, 0, 0, 0)
  new DataView(key.buffer).setBigUint64(1 + HOLD_ID_BYTES, BigInt(number))
  return key
}

/** Of a key of either kind. @throws {StoreError} `CORRUPT` */
export function idOfKey(key: Uint8Array): Uint8Array {
  if (key.length < 1 + HOLD_ID_BYTES) throw broken()
  return key.slice(1, 1 + HOLD_ID_BYTES)
}

export function encodeRecord({ expires, owner }: HoldRecord): Uint8Array {
  return encodeDagCbor(owner === undefined ? { expires } : { expires, owner })
}

/** @throws {StoreError} `CORRUPT` */
export function decodeRecord({ value }: Pick<SpaceEntry, 'value'>): HoldRecord {
  const map = decodeCbor(value, DAG_CBOR_PROFILE).ok
  if (!(map instanceof Map)) throw broken()
  const [expires, owner] = [map.get('expires'), map.get('owner')]
  if (typeof expires !== 'number' || (owner !== undefined && typeof owner !== 'string')) throw broken()
  return owner === undefined ? { expires } : { expires, owner }
}

/** As values of a length that a store takes. */
export function* encodeBlocks(multihashes: readonly Uint8Array[]): Generator<Uint8Array, void, undefined> {
  let pieces: number[] = []
  for (const multihash of multihashes) {
    pieces.push(multihash.length, ...multihash)
    if (pieces.length < BLOCKS_BYTES) continue
    yield Uint8Array.from(pieces)
    pieces = []
  }
  if (pieces.length > 0) yield Uint8Array.from(pieces)
}

/** @throws {StoreError} `CORRUPT` */
export function* decodeBlocks({ value }: Pick<SpaceEntry, 'value'>): Generator<Uint8Array, void, undefined> {
  for (let at = 0; at < value.length;) {
    const end = at + 1 + value[at]!
    if (end > value.length) throw broken()
    yield value.slice(at + 1, end)
    at = end
  }
}

function broken(): StoreError {
  return new StoreError('CORRUPT', 'a hold is not what was written')
}
