// A bare LevelDB that hashes what it keeps, as one side of promisebase/bench/blocks.ts.
import { ClassicLevel } from 'classic-level'

import { digestOf, serveBlocks } from '../../dist/conformance/bench-blocks.js'

const DELETED_AT_ONCE = 1_000

serveBlocks(async (folder) => {
  const db = new ClassicLevel(folder, { keyEncoding: 'view', valueEncoding: 'view' })
  await db.open()
  return {
    put: (blocks, durable) => {
      const batch = db.batch()
      for (const block of blocks) batch.put(digestOf(block), block)
      return batch.write({ sync: durable })
    },
    get: (digest) => {
      const block = db.getSync(digest)
      return block !== undefined && digestOf(block).equals(digest)
    },
    scan: async (gte, limit) => {
      let seen = 0
      for await (const [, block] of db.iterator({ gte, limit })) if (block.length > 0) seen++
      return seen
    },
    // No more than anybody must do who knows already what nobody needs.
    collect: async (isKept) => {
      let gone = 0
      const keys = db.keys()
      for (let some = await keys.nextv(DELETED_AT_ONCE); some.length > 0;) {
        const doomed = some.filter((digest) => !isKept(digest))
        await db.batch(
          doomed.map((key) => ({ type: 'del', key })),
          { sync: true },
        )
        gone += doomed.length
        some = await keys.nextv(DELETED_AT_ONCE)
      }
      await keys.close()
      return gone
    },
    close: () => db.close(),
  }
})
