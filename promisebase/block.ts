/** One block: bytes named by the hash of exactly these bytes, checked whenever they are taken in or out. */
import { hashBlock, SHA2_256 } from './cid.ts'
import { StoreError } from './errors.ts'
import { blockKey, compareBytes } from './keys.ts'
import { BLOCK_BYTES_MAX } from './store-limits.ts'
import type { CID } from 'multiformats/cid'
import type { Sha256 } from './commit-record.ts'
import type { BackendSnapshot } from './interface.ts'

/** Whether a block with this CID could be in a store at all. */
export function isStorable(cid: CID): boolean {
  return cid.version === 1 && cid.multihash.code === SHA2_256 && cid.multihash.digest.length === 32
}

/** @throws {StoreError} `LIMIT` when the block is too long */
export function nameBlock(sha256: Sha256, codec: number, bytes: Uint8Array): CID {
  checkBlockLength(bytes)
  return hashBlock(sha256, codec, bytes)
}

/** @throws {StoreError} `LIMIT` when the block is too long, `HASH` when it is not what the CID names */
export function checkBlock(sha256: Sha256, cid: CID, bytes: Uint8Array): void {
  checkBlockLength(bytes)
  if (!isStorable(cid)) throw new StoreError('HASH', `${cid} is no CIDv1 with a whole sha2-256 digest`)
  if (!isBlock(sha256, cid, bytes)) throw new StoreError('HASH', cid.toString())
}

/** The bytes of a block; undefined when it is absent. @throws {StoreError} `CORRUPT` */
export async function readBlock(
  snapshot: BackendSnapshot,
  cid: CID,
  sha256: Sha256,
): Promise<Uint8Array | undefined> {
  const bytes = await snapshot.get(blockKey(cid))
  if (bytes && !isBlock(sha256, cid, bytes)) throw new StoreError('CORRUPT', `block ${cid}`)
  return bytes
}

function isBlock(sha256: Sha256, cid: CID, bytes: Uint8Array): boolean {
  return compareBytes(sha256(bytes), cid.multihash.digest) === 0
}

function checkBlockLength(bytes: Uint8Array): void {
  if (bytes.length <= BLOCK_BYTES_MAX) return
  throw new StoreError('LIMIT', `a block has ${bytes.length} bytes, ${BLOCK_BYTES_MAX} are allowed`)
}
