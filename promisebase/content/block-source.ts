/** Where content is read from: a moment of a store, or the store itself. */
import { createCid } from '../cid.ts'
import { ContentError } from './content-error.ts'
import type { CID } from 'multiformats/cid'
import type { Snapshot, Store } from '../interface.ts'

/**
 * A snapshot keeps alive what is deleted meanwhile, and costs room as long as it is open. A store is looked at afresh
 * for each block: blocks never change, so that a read of hours needs no moment that is held.
 */
export type BlockSource = Pick<Snapshot, 'getBlock'> | Pick<Store, 'snapshot'>

/** @throws {ContentError} `MISSING` @throws {StoreError} `CORRUPT` */
export async function blockOf(source: BlockSource, cid: CID): Promise<Uint8Array> {
  const named = withVersion1(cid)
  const block = 'getBlock' in source ? await source.getBlock(named) : await readNow(source, named)
  if (block === undefined) throw new ContentError('MISSING', `block ${cid} is not here`)
  return block
}

/** The old CIDs of IPFS name the same blocks as those of version 1. */
function withVersion1(cid: CID): CID {
  return cid.version === 1 ? cid : createCid(cid.code, cid.multihash.digest, cid.multihash.code)
}

async function readNow(store: Pick<Store, 'snapshot'>, cid: CID): Promise<Uint8Array | undefined> {
  const snapshot = store.snapshot()
  try {
    return await snapshot.getBlock(cid)
  } finally {
    snapshot.close()
  }
}
