import { CID } from 'multiformats/cid'
import { create } from 'multiformats/hashes/digest'

export const CODEC = { raw: 0x55, cbor: 0x51, dagCbor: 0x71, gridCbor: 0x1027 } as const
export const SHA2_256 = 0x12

export function hashBlock(sha256: (bytes: Uint8Array) => Uint8Array, codec: number, bytes: Uint8Array): CID {
  return CID.createV1(codec, create(SHA2_256, sha256(bytes)))
}
