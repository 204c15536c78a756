// Blocks of 1 KiB by their SHA-256 in a bare LevelDB: what a content-addressed store cannot do without.
import { hash, randomFillSync, randomInt } from 'node:crypto'

import { ClassicLevel } from 'classic-level'

import { printRows, scratchFolder } from '../../dist/conformance/bench-kit.js'

const BLOCK_BYTES = 1024
const BATCH = 100
const KEPT = 20_000

const digest = (bytes) => hash('sha256', bytes, 'buffer')

/** Random, so that compression gains nothing. One allocation for all: the collector is not what is measured. */
function randomBlocks(count) {
  const all = randomFillSync(new Uint8Array(count * BLOCK_BYTES))
  return Array.from({ length: count }, (_, at) => all.subarray(at * BLOCK_BYTES, (at + 1) * BLOCK_BYTES))
}

async function open() {
  const folder = await scratchFolder()
  const db = new ClassicLevel(folder.path, { keyEncoding: 'view', valueEncoding: 'view' })
  await db.open()
  const close = async () => {
    await db.close()
    await folder.remove()
  }
  return { db, close }
}

async function put(db, blocks, options) {
  for (let from = 0; from < blocks.length; from += BATCH) {
    const writes = blocks
      .slice(from, from + BATCH)
      .map((value) => ({ type: 'put', key: digest(value), value }))
    await db.batch(writes, options)
  }
}

async function putting(options) {
  const { db, close } = await open()
  let blocks = []
  return {
    prepare: (batch) => void (blocks = randomBlocks(batch)),
    run: () => put(db, blocks, options),
    close,
  }
}

/** `read` fetches one value by its key. */
async function getting(read) {
  const { db, close } = await open()
  const blocks = randomBlocks(KEPT)
  const keys = blocks.map(digest)
  await put(db, blocks, { sync: true })
  return {
    async run(batch) {
      for (let got = 0; got < batch; got++) {
        const key = keys[randomInt(KEPT)]
        if (!digest(await read(db, key)).equals(key)) throw new Error('a block does not hash to its key')
      }
    },
    close,
  }
}

/** Ten megabytes: every batch has its share of the compactions that four megabytes in memory set off. */
const puts = { unit: 'blocks/s', batch: 10_000 }
const written = `1 KiB random values by digest, ${BATCH} to a batch, one batch after the other`
const read = `one of ${KEPT} blocks of 1 KiB at random, hashed and compared, one after the other`
await printRows([
  { ...puts, name: 'store/put', notes: `${written}, not synced`, setup: () => putting({ sync: false }) },
  {
    ...puts,
    name: 'store/put/durable',
    clock: 'wall',
    notes: `${written}, synced`,
    setup: () => putting({ sync: true }),
  },
  {
    name: 'store/get',
    unit: 'blocks/s',
    notes: `${read}; asynchronous get`,
    setup: () => getting((db, key) => db.get(key)),
  },
  {
    name: 'store/get/sync',
    unit: 'blocks/s',
    notes: `${read}; getSync`,
    setup: () => getting((db, key) => db.getSync(key)),
  },
])
