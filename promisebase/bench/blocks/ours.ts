/** Our store as one side of ../blocks.ts. */
import { serveBlocks } from '../../../conformance/bench-blocks.ts'
import { nodeCrypto } from '../../../runtimes/host/index.ts'
import { CODEC, collect, createCid, encodeDagCbor } from '../../index.ts'
import { openLevelStore } from '../../level/index.ts'
import type { BlockSide } from '../../../conformance/bench-blocks.ts'
import type { Store } from '../../index.ts'

serveBlocks(async (folder) => sideOf(await openLevelStore(folder, { crypto: nodeCrypto })))

function sideOf(store: Store): BlockSide {
  let lists = 0
  return {
    put: async (blocks, durable) => {
      await store.transact(
        (transaction) => {
          for (const block of blocks) transaction.putBlock(block)
        },
        { durable },
      )
    },
    get: async (digest) => {
      const snapshot = store.snapshot()
      const block = await snapshot.getBlock(createCid(CODEC.raw, digest))
      snapshot.close()
      return block !== undefined
    },
    scan: (from, most) => scan(store, createCid(CODEC.raw, from).multihash.bytes, most),
    keep: async (digests) => {
      const links = digests.map((digest) => createCid(CODEC.raw, digest))
      await store.transact((transaction) => {
        const list = transaction.putBlock(encodeDagCbor(links), CODEC.dagCbor)
        return transaction.setLabel(`kept/${lists++}`, undefined, list)
      })
    },
    collect: async () => (await collect(store)).ok?.deleted ?? -1,
    close: () => store.close(),
  }
}

async function scan(store: Store, gte: Uint8Array, limit: number): Promise<number> {
  let seen = 0
  const snapshot = store.snapshot()
  for await (const { size } of snapshot.blocks({ gte, limit })) if (size > 0) seen++
  snapshot.close()
  return seen
}
