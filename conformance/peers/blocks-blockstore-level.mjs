// The blockstore of IPFS over LevelDB, as one side of promisebase/bench/blocks.ts. It hashes nothing and compares
// nothing: whoever uses it does so before and afterwards, and so it is done here. It has no batches, cannot sync, and
// reads in order from the beginning only.
import { LevelBlockstore } from 'blockstore-level'

import { digestOf, serveBlocks } from '../../dist/conformance/bench-blocks.js'

/** All that it looks at of a CID. */
function nameOf(digest) {
  const bytes = new Uint8Array(34)
  bytes.set([0x12, 32])
  bytes.set(digest, 2)
  return { multihash: { bytes } }
}

serveBlocks(async (folder) => {
  const blockstore = new LevelBlockstore(folder)
  await blockstore.open()
  return {
    put: async (blocks) => {
      await Promise.all(blocks.map((block) => blockstore.put(nameOf(digestOf(block)), block)))
    },
    get: async (digest) => {
      for await (const block of blockstore.get(nameOf(digest))) return digestOf(block).equals(digest)
      return false
    },
    scan: async (_from, most) => {
      let seen = 0
      for await (const { bytes } of blockstore.getAll()) {
        for await (const block of bytes) if (block.length > 0) seen++
        if (seen === most) break
      }
      return seen
    },
    close: () => blockstore.close(),
  }
})
