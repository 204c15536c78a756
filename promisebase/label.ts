/** A label: a name that points at one block and can be moved. Its value is the binary CID. */
import { CID } from 'multiformats/cid'
import { StoreError } from './errors.ts'

/** @throws {StoreError} `CORRUPT` when the stored value is no CID */
export function decodeLabel(name: string, value: Uint8Array): CID {
  try {
    return CID.decode(value)
  } catch (cause) {
    throw new StoreError('CORRUPT', `label ${name}`, { cause })
  }
}

/** @throws {TypeError} when a label is to point at something that cannot be read back as it is */
export function encodeLabel(cid: CID): Uint8Array {
  if (CID.asCID(cid) === null) throw new TypeError('a label points at a CID')
  return new Uint8Array(cid.bytes)
}
