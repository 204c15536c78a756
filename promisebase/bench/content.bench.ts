/** Content of any length through a store on disk: cut, hashed, written durably, and read again. */
import { createCipheriv } from 'node:crypto'
import { join } from 'node:path'

import { nodeCrypto } from '../../runtimes/host/index.ts'
import { createChunker, createStore, readContentStream, writeContent } from '../index.ts'
import { openLevelBackend } from '../level/index.ts'
import { scratchFolder } from '../../conformance/bench-kit.ts'
import type { CID } from 'multiformats/cid'
import type { Bench, Rig } from '../../conformance/bench-kit.ts'
import type { Store } from '../index.ts'

const MIB = 1024 * 1024
/** Far more than an engine keeps in memory before it writes. */
const BATCH = 32

export const benches: readonly Bench[] = [
  {
    name: 'content/write',
    unit: 'MiB/s',
    batch: BATCH,
    baseline: [
      { file: 'content.mjs', name: 'content/write' },
      { file: 'content.mjs', name: 'content/sha256' },
    ],
    notes: `${BATCH} MiB without a pattern as one content, cut by content, synced every 4 MiB`,
    setup: writing,
  },
  {
    name: 'content/read',
    unit: 'MiB/s',
    batch: BATCH,
    baseline: { file: 'content.mjs', name: 'content/sha256' },
    notes: `${BATCH} MiB of one content, every block verified`,
    setup: reading,
  },
  {
    name: 'content/cut',
    unit: 'MiB/s',
    baseline: { file: 'content.mjs', name: 'content/sha256' },
    notes: 'finding the chunks, and copying them; nothing hashed or written',
    setup: cutting,
  },
]

async function writing(): Promise<Rig> {
  const { store, close } = await open()
  let [turn, bytes] = [0, [] as readonly Uint8Array[]]
  return {
    prepare: (batch) => void (bytes = piecesOf(turn++, batch)),
    run: async () => void (await writeContent(store, bytes)),
    close,
  }
}

async function reading(): Promise<Rig> {
  const { store, close } = await open()
  const written = new Map<number, CID>()
  return {
    prepare: async (batch) => {
      if (!written.has(batch)) written.set(batch, (await writeContent(store, piecesOf(0, batch))).cid)
    },
    run: async (batch) => {
      let bytes = 0
      for await (const piece of readContentStream(store, written.get(batch)!)) bytes += piece.length
      if (bytes !== batch * MIB) throw new Error(`${bytes} bytes were read`)
    },
    close,
  }
}

function cutting(): Rig {
  const [piece] = piecesOf(0, 1)
  const chunker = createChunker()
  return {
    run: (batch) => {
      for (let turn = 0; turn < batch; turn++) chunker.push(piece!)
    },
  }
}

/** Bytes without a pattern, so that neither compression nor deduplication gains anything. */
function piecesOf(turn: number, count: number): readonly Uint8Array[] {
  const cipher = createCipheriv(
    'aes-256-ctr',
    new Uint8Array(32).fill(turn),
    new Uint8Array(16).fill(turn >> 8),
  )
  return Array.from({ length: count }, () => cipher.update(new Uint8Array(MIB)))
}

async function open(): Promise<{ readonly store: Store; readonly close: () => Promise<void> }> {
  const folder = await scratchFolder()
  const backend = await openLevelBackend(join(folder.path, 'store'))
  const store = await createStore({ backend, crypto: nodeCrypto })
  const close = async (): Promise<void> => {
    await store.close()
    await folder.remove()
  }
  return { store, close }
}
