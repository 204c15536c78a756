// Content of many MiB: its SHA-256 alone, and blocks of 64 KiB by their SHA-256 in a bare LevelDB.
import { createCipheriv, hash } from 'node:crypto'

import { ClassicLevel } from 'classic-level'

import { printRows, scratchFolder } from '../../dist/conformance/bench-kit.js'

const MIB = 1024 * 1024
const BLOCK_BYTES = 64 * 1024
const BATCH = 32
/** As many MiB to a batch of the engine as we put into a transaction. */
const WRITTEN_TOGETHER = 4

const digest = (bytes) => hash('sha256', bytes, 'buffer')

/** Bytes without a pattern, a MiB at a time. */
function piecesOf(turn, count) {
  const cipher = createCipheriv('aes-256-ctr', Buffer.alloc(32, turn), Buffer.alloc(16, turn >> 8))
  return Array.from({ length: count }, () => cipher.update(Buffer.alloc(MIB)))
}

function blocksOf(piece) {
  return Array.from({ length: MIB / BLOCK_BYTES }, (_, at) =>
    piece.subarray(at * BLOCK_BYTES, (at + 1) * BLOCK_BYTES),
  )
}

async function writing() {
  const folder = await scratchFolder()
  const db = new ClassicLevel(folder.path, { keyEncoding: 'view', valueEncoding: 'view' })
  await db.open()
  let [turn, pieces] = [0, []]
  return {
    prepare: (batch) => void (pieces = piecesOf(turn++, batch)),
    run: async () => {
      for (let from = 0; from < pieces.length; from += WRITTEN_TOGETHER) {
        const batch = db.batch()
        for (const block of pieces.slice(from, from + WRITTEN_TOGETHER).flatMap(blocksOf))
          batch.put(digest(block), block)
        await batch.write({ sync: true })
      }
    },
    close: async () => {
      await db.close()
      await folder.remove()
    },
  }
}

function hashing() {
  const blocks = piecesOf(0, 1).flatMap(blocksOf)
  return {
    run: (batch) => {
      for (let turn = 0; turn < batch; turn++) blocks.forEach(digest)
    },
  }
}

await printRows([
  {
    name: 'content/write',
    unit: 'MiB/s',
    batch: BATCH,
    notes: `${BATCH} MiB without a pattern in blocks of 64 KiB by digest, ${WRITTEN_TOGETHER} MiB to a synced batch`,
    setup: writing,
  },
  { name: 'content/sha256', unit: 'MiB/s', notes: 'blocks of 64 KiB hashed, nothing else', setup: hashing },
])
