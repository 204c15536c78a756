/** One block: bytes named by the hash of exactly these bytes, checked whenever they are taken in or out. */
import { createCidOnce } from './cid.ts'
import { StoreError } from './errors.ts'
import { digestBytes, SHA2_256 } from './hash.ts'
import { createHasher, isBlockOf } from './hasher.ts'
import { blockKey } from './keys.ts'
import { BLOCK_BYTES_MAX } from './store-limits.ts'
import type { CID } from 'multiformats/cid'
import type { Sha256 } from './commit-record.ts'
import type { Hasher } from './interface.ts'
import type { SealedSnapshot } from './sealed.ts'

/** The hashes of a store: its own sha2-256 always, and what it was opened with besides. */
export function storeHasher(sha256: Sha256, others?: Hasher): Hasher {
  const digestBy = (hasher: Hasher) => (hash: number) =>
    [hash, (bytes: Uint8Array) => hasher.digest(hash, bytes)] as const
  const further = others === undefined ? [] : others.hashes.map(digestBy(others))
  return createHasher([...further, [SHA2_256, sha256]])
}

/** Whether a block with this CID could be in a store at all. */
export function isStorable(hasher: Hasher, cid: CID): boolean {
  const { code, digest } = cid.multihash
  return cid.version === 1 && hasher.hashes.includes(code) && digest.length === digestBytes(code)
}

/** @throws {StoreError} `LIMIT` when the block is too long */
export function nameBlock(hasher: Hasher, codec: number, bytes: Uint8Array): CID {
  checkBlockLength(bytes)
  return createCidOnce(codec, hasher.digest(SHA2_256, bytes))
}

/** @throws {StoreError} `LIMIT` when the block is too long, `HASH` when it is not what the CID names */
export function checkBlock(hasher: Hasher, cid: CID, bytes: Uint8Array): void {
  checkBlockLength(bytes)
  if (!isStorable(hasher, cid)) {
    throw new StoreError('HASH', `${cid} is no CIDv1 with the whole digest of a hash of this store`)
  }
  if (!isBlockOf(hasher, cid, bytes)) throw new StoreError('HASH', cid.toString())
}

/** The bytes of a block; undefined when it is absent. @throws {StoreError} `CORRUPT` */
export async function readBlock(
  { raw }: SealedSnapshot,
  cid: CID,
  hasher: Hasher,
): Promise<Uint8Array | undefined> {
  // A block has no checksum besides its name: one promise less than by way of the sealed values.
  const key = blockKey(cid)
  const bytes = raw.getNow === undefined ? await raw.get(key) : raw.getNow(key)
  if (bytes && !isBlockOf(hasher, cid, bytes)) throw new StoreError('CORRUPT', `block ${cid}`)
  return bytes
}

function checkBlockLength(bytes: Uint8Array): void {
  if (bytes.length <= BLOCK_BYTES_MAX) return
  throw new StoreError('LIMIT', `a block has ${bytes.length} bytes, ${BLOCK_BYTES_MAX} are allowed`)
}
