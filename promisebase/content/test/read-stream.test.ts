import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMemoryBackend } from '../../backend-memory.ts'
import { encodeDagCbor } from '../../cbor/encode.ts'
import { CODEC, hashBlock } from '../../cid.ts'
import { createStore } from '../../store.ts'
import { BLOCK_BYTES_MAX } from '../../store-limits.ts'
import { nodeCrypto } from '../../test/node-crypto.ts'
import { createFixedChunker } from '../chunker.ts'
import { openContent } from '../open-content.ts'
import { readContentStream } from '../read-stream.ts'
import { storeContent } from '../store-content.ts'
import { writeContent } from '../write-content.ts'
import { openStore, randomBytes, readAll } from './kit.ts'
import type { CID } from 'multiformats/cid'
import type { CborInput } from '../../cbor/value.ts'
import type { Backend, Snapshot, Store } from '../../interface.ts'

const KIB = 1024
const absent = hashBlock(nodeCrypto.sha256, CODEC.raw, Uint8Array.of(1, 2, 3))

const put = (store: Store, bytes: Uint8Array, codec: number = CODEC.raw): Promise<CID> =>
  store.transact((transaction) => transaction.putBlock(bytes, codec))

const putTree = (store: Store, tree: CborInput): Promise<CID> =>
  put(store, encodeDagCbor(tree), CODEC.dagCbor)

/** Tells which blocks are asked for. */
function watch(snapshot: Snapshot, seen: CID[]): Pick<Snapshot, 'getBlock'> {
  return {
    getBlock: (cid) => {
      seen.push(cid)
      return snapshot.getBlock(cid)
    },
  }
}

test('reads no more than the blocks of the range and those above them', async () => {
  const store = await openStore()
  const bytes = randomBytes('range', 2000 * KIB)
  const { cid } = await writeContent(store, bytes, { chunker: createFixedChunker(KIB) })
  using snapshot = store.snapshot()
  const reads = async (offset: number, length: number): Promise<number> => {
    const seen: CID[] = []
    assert.deepEqual(
      await readAll(watch(snapshot, seen), cid, { offset, length }),
      bytes.slice(offset, offset + length),
    )
    return seen.length
  }
  assert.equal(await reads(0, 1), 3)
  assert.equal(await reads(1500 * KIB, KIB), 3)
  assert.equal(await reads(1500 * KIB - 1, 2), 4)
  assert.equal(await reads(1024 * KIB - 1, 2), 5)
  assert.equal(await reads(2000 * KIB, 1), 1)
  assert.equal(await reads(500, 0), 1)
})

test('reads ranges of content that was stored as version 1 and as one block', async () => {
  const store = await openStore()
  for (const length of [0, 5, BLOCK_BYTES_MAX + 7]) {
    const bytes = randomBytes('older', length)
    const cid = await store.transact((transaction) => storeContent(transaction, bytes))
    for (const [offset, count] of [
      [0, Infinity],
      [3, 1],
      [BLOCK_BYTES_MAX - 1, 5],
      [length, 1],
      [length + 1, 1],
    ] as const)
      assert.deepEqual(
        await readAll(store, cid, { offset, length: count }),
        bytes.slice(offset, offset + count),
      )
  }
})

test('reads what is no tree as it is, whatever it looks like', async () => {
  const store = await openStore()
  const like = encodeDagCbor({ size: 1, tree: 2, parts: [], more: 1 })
  for (const [block, codec] of [
    [like, CODEC.dagCbor],
    [encodeDagCbor({ size: 1, tree: 2, parts: [] }), CODEC.cbor],
    [randomBytes('any', 10), CODEC.gridCbor],
  ] as const)
    assert.deepEqual(await readAll(store, await put(store, block, codec)), block)
})

test('refuses more than it may give before it reads a part, and counts only what is asked for', async () => {
  const store = await openStore()
  const parts = [
    [absent, 5 * KIB],
    [absent, 5 * KIB],
  ] as const
  const cid = await putTree(store, { size: 10 * KIB, tree: 2, parts })
  await assert.rejects(readAll(store, cid, { bytesMax: 10 * KIB - 1 }), { code: 'LIMIT' })
  await assert.rejects(readAll(store, cid, { bytesMax: 10 * KIB }), { code: 'MISSING' })
  await assert.rejects(readAll(store, cid, { bytesMax: 10, length: 11 }), { code: 'LIMIT' })
  await assert.rejects(readAll(store, cid, { bytesMax: 10, length: 10 }), { code: 'MISSING' })
  assert.equal((await readAll(store, cid, { bytesMax: 0, length: 0 })).length, 0)
  await assert.rejects(readAll(store, absent), { name: 'ContentError', code: 'MISSING' })
})

test('refuses offsets and lengths that are none', async () => {
  const store = await openStore()
  for (const options of [{ offset: -1 }, { length: -1 }, { offset: 0.5 }, { length: NaN }, { bytesMax: -1 }])
    assert.throws(() => readContentStream(store, absent, options), RangeError)
})

test('tells how far it is, and stops when the signal says so', async () => {
  const store = await openStore()
  const bytes = randomBytes('progress', 10 * KIB)
  const { cid } = await writeContent(store, bytes, { chunker: createFixedChunker(4 * KIB) })
  const told: unknown[] = []
  await readAll(store, cid, { offset: KIB, onProgress: (progress) => told.push(progress) })
  const total = 9 * KIB
  assert.deepEqual(told, [
    { bytes: 3 * KIB, total },
    { bytes: 7 * KIB, total },
    { bytes: 9 * KIB, total },
  ])
  const abort = new AbortController()
  let pieces = 0
  const reading = async (): Promise<void> => {
    for await (const _piece of readContentStream(store, cid, { signal: abort.signal })) {
      pieces++
      abort.abort(new Error('enough'))
    }
  }
  await assert.rejects(reading(), /enough/)
  assert.equal(pieces, 1)
})

test('reads from a store block by block, so that nothing is held open between two pieces', async () => {
  const backend = createMemoryBackend()
  let open = 0
  const counting: Backend = {
    ...{ name: backend.name, batch: (...given) => backend.batch(...given), close: () => backend.close() },
    snapshot: () => {
      open++
      const snapshot = backend.snapshot()
      const close = (): void => {
        open--
        snapshot.close()
      }
      return { get: (key) => snapshot.get(key), range: (range) => snapshot.range(range), close }
    },
  }
  const store = await createStore({ backend: counting, crypto: nodeCrypto })
  const { cid } = await writeContent(store, randomBytes('slow', 50 * KIB), {
    chunker: createFixedChunker(KIB),
  })
  let pieces = 0
  for await (const _piece of readContentStream(store, cid)) {
    await put(store, Uint8Array.of(pieces++))
    // The store itself keeps its newest state; none of those before.
    assert.ok(open <= 1, `${open} snapshots are open`)
  }
  assert.equal(pieces, 50)
})

test('finds a chunk that was changed on disk before it gives a byte of it', async () => {
  const backend = createMemoryBackend()
  const store = await createStore({ backend, crypto: nodeCrypto })
  const bytes = randomBytes('damage', 10 * KIB)
  const { cid } = await writeContent(store, bytes, { chunker: createFixedChunker(KIB) })
  const chunk = hashBlock(nodeCrypto.sha256, CODEC.raw, bytes.subarray(5 * KIB, 6 * KIB))
  const key = Uint8Array.of(0x10, ...chunk.multihash.bytes)
  const damaged = bytes.slice(5 * KIB, 6 * KIB)
  damaged[100]! ^= 1
  await backend.batch([{ type: 'put', key, value: damaged }], { durable: true })
  await put(store, Uint8Array.of(1))
  const read: Uint8Array[] = []
  const reading = async (): Promise<void> => {
    for await (const piece of readContentStream(store, cid)) read.push(piece)
  }
  await assert.rejects(reading(), { name: 'StoreError', code: 'CORRUPT' })
  assert.deepEqual(Buffer.concat(read), Buffer.from(bytes.subarray(0, 5 * KIB)))
})

// ------------------------------------------------------------------------------- trees that are not trees

const chunkBytes = randomBytes('part', 2 * KIB)
const others = { raw: new Map<number, CID>() }

async function chunk(store: Store, size: number): Promise<[CID, number]> {
  const cid = await put(store, chunkBytes.subarray(0, size))
  others.raw.set(size, cid)
  return [cid, size]
}

async function branch(store: Store, parts: readonly (readonly [CID, number])[]): Promise<[CID, number]> {
  const size = parts.reduce((sum, [, each]) => sum + each, 0)
  return [await putTree(store, { size, tree: 2, parts }), size]
}

const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value)

async function refusal(store: Store, cid: CID): Promise<string> {
  using snapshot = store.snapshot()
  const opened = await openContent(snapshot, cid, Number.MAX_SAFE_INTEGER)
  const error: unknown = await readAll(store, cid).catch((reason: unknown) => reason)
  const code = opened.refused?.code ?? 'accepted'
  assert.equal((error as { readonly code?: string }).code ?? 'accepted', code)
  return code
}

test('reads a tree of version 2 that is made by hand, the same part twice', async () => {
  const store = await openStore()
  const [a, b] = [await chunk(store, 3), await chunk(store, 5)]
  const full = await branch(store, [...times(1023, await chunk(store, KIB)), await chunk(store, 2 * KIB)])
  const cids = [await branch(store, [a, b, a]), await branch(store, [full, full, await branch(store, [a])])]
  for (const [cid, size] of cids) assert.equal((await readAll(store, cid)).length, size)
})

test('refuses roots that are not what they say, before anything is read', async () => {
  const store = await openStore()
  const [a, b] = [await chunk(store, 3), await chunk(store, 5)]
  const parts = [a, b]
  const sized = async (size: CborInput, list: CborInput = parts) =>
    putTree(store, { size, tree: 2, parts: list })
  const roots: Record<string, CID> = {
    'another version': await putTree(store, { size: 8, tree: 3, parts }),
    'version as text': await putTree(store, { size: 8, tree: '2', parts }),
    'parts of version 1': await sized(8, [a[0], b[0]]),
    'parts of version 2 in version 1': await putTree(store, { size: 8, tree: 1, parts }),
    'a size too small': await sized(7),
    'a size too large': await sized(9),
    'no size': await sized(0),
    'a negative size': await sized(-8),
    'a size as text': await sized('8'),
    'a size beyond numbers': await sized(2n ** 63n),
    'no parts': await sized(8, []),
    'parts as a map': await sized(8, {}),
    'one part': await sized(3, [a]),
    'a part without its size': await sized(8, [a, [b[0]]]),
    'a part with more than its size': await sized(8, [a, [...b, 1]]),
    'a part of no bytes': await sized(3, [a, [b[0], 0]]),
    'a part of negative size': await sized(2, [a, [b[0], -1]]),
    'a part of half a byte': await sized(4, [a, [b[0], 0.5]]),
    'a chunk larger than a block': await sized(BLOCK_BYTES_MAX + 4, [a, [b[0], BLOCK_BYTES_MAX + 1]]),
    'a part of another codec': await sized(8, [a, [hashBlock(nodeCrypto.sha256, CODEC.cbor, chunkBytes), 5]]),
    'chunks beside branches': await sized(8, [a, await branch(store, [b])]),
    '1,025 parts': await sized(1025 * KIB, times(1025, await chunk(store, KIB))),
    'too many short parts': await sized(65, times(65, await chunk(store, 1))),
    'sizes that no number holds': await sized(2, times(3, [a[0], Number.MAX_SAFE_INTEGER])),
  }
  for (const [what, cid] of Object.entries(roots)) assert.equal(await refusal(store, cid), 'SHAPE', what)
})

test('refuses parts that are not what their branch says', async () => {
  const store = await openStore()
  const [a, b] = [await chunk(store, 3), await chunk(store, 5)]
  const full = await branch(store, times(1024, await chunk(store, KIB)))
  const deep = async (levels: number): Promise<[CID, number]> =>
    levels === 1 ? branch(store, [a]) : branch(store, [await deep(levels - 1)])
  const flat = await putTree(store, { size: 3, tree: 1, parts: [a[0]] })
  const other = await put(store, encodeDagCbor([1]), CODEC.dagCbor)
  const fullOf = async (part: [CID, number]) => branch(store, times(1024, part))
  const roots: Record<string, [CID, number]> = {
    'a chunk shorter than declared': await branch(store, [a, [b[0], 6]]),
    'a chunk longer than declared': await branch(store, [a, [b[0], 4]]),
    'a branch shorter than declared': await branch(store, [full, [(await branch(store, [a]))[0], 4]]),
    'a tree of version 1 as part': await branch(store, [full, [flat, 3]]),
    'another block as part': await branch(store, [full, [other, 3]]),
    'a branch that is not full before another': await branch(store, [await branch(store, [a]), full]),
    'chunks at two depths': await branch(store, [full, await deep(2)]),
    'a tree of five levels': await branch(store, [
      await fullOf(await fullOf(await fullOf(full))),
      await deep(4),
    ]),
  }
  for (const [what, [cid]] of Object.entries(roots).slice(0, -1))
    assert.equal(await refusal(store, cid), 'SHAPE', what)
  const [deepest, size] = roots['a tree of five levels']!
  const end = { offset: size - 1 }
  await assert.rejects(readAll(store, deepest, end), { code: 'SHAPE', message: /deeper than 4/ })
  const gone = await branch(store, [full, [absent, 5]].slice(0, 2) as [CID, number][])
  assert.equal(await refusal(store, gone[0]), 'SHAPE')
  assert.equal(await refusal(store, (await branch(store, [a, [absent, 5]]))[0]), 'MISSING')
})

test('refuses a branch that is not full inside a tree of three levels', async () => {
  const store = await openStore()
  const full = await branch(store, times(1024, await chunk(store, KIB)))
  const almost = await branch(store, times(1023, await chunk(store, KIB)))
  const wrong = await branch(store, [...times(1023, full), almost])
  const [cid] = await branch(store, [wrong, await branch(store, [full])])
  const offset = 1023 * full[1]
  await assert.rejects(readAll(store, cid, { offset, length: 1 }), { code: 'SHAPE', message: /not full/ })
  assert.equal((await readAll(store, cid, { offset: offset - 1, length: 1 })).length, 1)
})
