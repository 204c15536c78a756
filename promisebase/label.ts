/** A label: a name that points at one block and can be moved. Its value is the binary CID. */
import { checkCid, isCid, parseCid } from './cid.ts'
import { StoreError } from './errors.ts'
import { HASH } from './hash.ts'
import type { CID } from 'multiformats/cid'

/** A label may have been set by a store with more hashes than this one. */
const ANY_HASH = { hashes: Object.values(HASH) }

/** @throws {StoreError} `CORRUPT` when the stored value is no CID */
export function decodeLabel(name: string, value: Uint8Array): CID {
  const parsed = parseCid(value, ANY_HASH)
  if (parsed.refused) throw new StoreError('CORRUPT', `label ${name}: ${parsed.refused.detail}`)
  return parsed.ok
}

/** @throws {TypeError} when a label is to point at something that no store can hold */
export function encodeLabel(cid: CID, hashes: readonly number[] = ANY_HASH.hashes): Uint8Array {
  if (!isCid(cid)) throw new TypeError('a label points at a CID')
  const checked = checkCid(cid, { hashes })
  if (checked.refused) throw new TypeError(`a label points at a CID: ${checked.refused.detail}`)
  return new Uint8Array(cid.bytes)
}
