/**
 * Blocks of 1 KiB by CID in a store on disk: hashed and verified, in transactions with their commit chain,
 * against a bare LevelDB that hashes the same bytes.
 */
import { randomFillSync, randomInt } from 'node:crypto'
import { join } from 'node:path'

import { nodeCrypto } from '../../runtimes/host/index.ts'
import { createStore } from '../index.ts'
import { openLevelBackend } from '../level/index.ts'
import { scratchFolder } from '../../conformance/bench-kit.ts'
import type { CID } from 'multiformats/cid'
import type { Bench, Rig } from '../../conformance/bench-kit.ts'
import type { Store } from '../index.ts'

const BLOCK_BYTES = 1024
const BATCH = 100
const KEPT = 20_000
const written = `1 KiB random blocks, ${BATCH} to a transaction, one transaction after the other`

export const benches: readonly Bench[] = [
  {
    name: 'store/put',
    unit: 'blocks/s',
    batch: 10_000,
    baseline: { file: 'level.mjs', name: 'store/put' },
    notes: `${written}, not synced`,
    setup: () => putting(false),
  },
  {
    name: 'store/put/durable',
    unit: 'blocks/s',
    batch: 10_000,
    clock: 'wall',
    baseline: { file: 'level.mjs', name: 'store/put/durable' },
    notes: `${written}, synced`,
    setup: () => putting(true),
  },
  {
    name: 'store/get',
    unit: 'blocks/s',
    baseline: [
      { file: 'level.mjs', name: 'store/get/sync' },
      { file: 'level.mjs', name: 'store/get' },
    ],
    notes: `one of ${KEPT} blocks of 1 KiB at random, CID checked, one after the other`,
    setup: getting,
  },
]

async function putting(durable: boolean): Promise<Rig> {
  const { store, close } = await open()
  let blocks: Uint8Array[] = []
  return {
    prepare: (batch) => void (blocks = randomBlocks(batch)),
    run: async () => {
      await put(store, blocks, durable)
    },
    close,
  }
}

async function getting(): Promise<Rig> {
  const { store, close } = await open()
  const cids = await put(store, randomBlocks(KEPT), true)
  const run = async (batch: number): Promise<void> => {
    const snapshot = store.snapshot()
    for (let got = 0; got < batch; got += 1) {
      const bytes = await snapshot.getBlock(cids[randomInt(cids.length)] as CID)
      if (bytes?.length !== BLOCK_BYTES) throw new Error('a block is not there')
    }
    snapshot.close()
  }
  return { run, close }
}

async function put(store: Store, blocks: readonly Uint8Array[], durable: boolean): Promise<CID[]> {
  const cids: CID[] = []
  for (let from = 0; from < blocks.length; from += BATCH) {
    const some = blocks.slice(from, from + BATCH)
    cids.push(
      ...(await store.transact((transaction) => some.map((bytes) => transaction.putBlock(bytes)), {
        durable,
      })),
    )
  }
  return cids
}

async function open(): Promise<{ readonly store: Store; readonly close: () => Promise<void> }> {
  const folder = await scratchFolder()
  const store = await createStore({
    backend: await openLevelBackend(join(folder.path, 'store')),
    crypto: nodeCrypto,
  })
  const close = async (): Promise<void> => {
    await store.close()
    await folder.remove()
  }
  return { store, close }
}

/** Random, so that compression gains nothing. */
function randomBlocks(count: number): Uint8Array[] {
  const all = randomFillSync(new Uint8Array(count * BLOCK_BYTES))
  return Array.from({ length: count }, (_, at) => all.subarray(at * BLOCK_BYTES, (at + 1) * BLOCK_BYTES))
}
