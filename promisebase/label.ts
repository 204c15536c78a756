/** A label: a name that points at one block and can be moved. Its value is the binary CID. */
import { checkCid, isCid, parseCid } from './cid.ts'
import { StoreError } from './errors.ts'
import type { CID } from 'multiformats/cid'

/** @throws {StoreError} `CORRUPT` when the stored value is no CID */
export function decodeLabel(name: string, value: Uint8Array): CID {
  const parsed = parseCid(value)
  if (parsed.refused) throw new StoreError('CORRUPT', `label ${name}: ${parsed.refused.detail}`)
  return parsed.ok
}

/** @throws {TypeError} when a label is to point at something that no store can hold */
export function encodeLabel(cid: CID): Uint8Array {
  if (!isCid(cid)) throw new TypeError('a label points at a CID')
  const checked = checkCid(cid)
  if (checked.refused) throw new TypeError(`a label points at a CID: ${checked.refused.detail}`)
  return new Uint8Array(cid.bytes)
}
