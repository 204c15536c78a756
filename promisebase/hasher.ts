/** A hasher from a table of functions, and blocks named by it. */
import { createCid } from './cid.ts'
import { digestBytes, IDENTITY, IDENTITY_BYTES_MAX } from './hash.ts'
import { compareBytes } from './keys.ts'
import type { CID } from 'multiformats/cid'
import type { Hasher } from './interface.ts'

export type HashFunction = (bytes: Uint8Array) => Uint8Array

/** A later function takes the place of an earlier one. @throws {RangeError} for a code of no hash we know */
export function createHasher(functions: Iterable<readonly [hash: number, digest: HashFunction]>): Hasher {
  const table = new Map(functions)
  for (const hash of table.keys()) if (digestBytes(hash) === undefined) throw unknown(hash)
  return {
    hashes: [...table.keys()],
    digest: (hash, bytes) => {
      const digest = table.get(hash)
      if (digest === undefined) throw unknown(hash)
      return digest(bytes)
    },
  }
}

/** CID of a block by another hash than sha2-256. @throws {RangeError} when the hasher does not have it */
export function hashBlockAs(hasher: Hasher, hash: number, codec: number, bytes: Uint8Array): CID {
  return createCid(codec, hasher.digest(hash, bytes), hash)
}

/**
 * Whether these are the bytes that the CID names; false also for a hash that the hasher does not have and for
 * a digest that is not whole. An identity CID names the bytes in it, up to {@link IDENTITY_BYTES_MAX}; whether
 * one is wanted at all is for a `CidRule` to say, before.
 */
export function isBlockOf(hasher: Hasher, cid: CID, bytes: Uint8Array): boolean {
  const { code, digest } = cid.multihash
  if (code === IDENTITY) return digest.length <= IDENTITY_BYTES_MAX && compareBytes(digest, bytes) === 0
  if (!hasher.hashes.includes(code) || digest.length !== digestBytes(code)) return false
  return compareBytes(digest, hasher.digest(code, bytes)) === 0
}

function unknown(hash: number): RangeError {
  return new RangeError(`hash 0x${hash.toString(16)} is not known`)
}
