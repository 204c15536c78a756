import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../../../conformance/test/laws.ts'
import { decodeCbor } from '../../cbor/decode.ts'
import { DAG_CBOR_PROFILE } from '../../cbor/profile.ts'
import { CODEC } from '../../cid.ts'
import { StoreError } from '../../errors.ts'
import { createChunker, createFixedChunker } from '../chunker.ts'
import { readContent } from '../open-content.ts'
import { storeContent } from '../store-content.ts'
import { writeContent } from '../write-content.ts'
import { inPieces, isBlockHere, openStore, randomBytes, readAll } from './kit.ts'
import type { Store, Transaction } from '../../interface.ts'

const MIB = 1024 * 1024
const small = () => createChunker({ min: 1024, normal: 1024, max: 2048 })

async function* later(pieces: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) {
    await Promise.resolve()
    yield piece
  }
}

test('names content of one chunk as everybody does: a raw block', async () => {
  const store = await openStore()
  for (const length of [0, 1, 16_384]) {
    const bytes = randomBytes('one', length)
    const { cid, size, chunks } = await writeContent(store, bytes)
    assert.deepEqual([size, chunks], [length, length === 0 ? 0 : 1])
    assert.ok(cid.equals(await store.transact((transaction) => storeContent(transaction, bytes))))
    assert.deepEqual(await readAll(store, cid), bytes)
  }
})

test('takes the chunks of a chunker that uses the same room for each', async () => {
  const store = await openStore()
  const bytes = randomBytes('room', 64 * 1024)
  const fixed = createFixedChunker(1024)
  const room = new Uint8Array(1024)
  function* lend(chunks: readonly Uint8Array[]): Generator<Uint8Array> {
    for (const chunk of chunks) {
      room.set(chunk)
      yield room
    }
  }
  // Of a generator, since each chunk is in the room until the next one is asked for.
  const push = (piece: Uint8Array) => lend(fixed.push(piece)) as unknown as Uint8Array[]
  const { cid } = await writeContent(store, bytes, { chunker: { push, end: () => fixed.end() } })
  assert.deepEqual(await readAll(store, cid), bytes)
})

test('names the same content the same whatever it comes from and in which pieces', async () => {
  const store = await openStore()
  const bytes = randomBytes('same', MIB)
  const stream = new ReadableStream<Uint8Array>({
    start: (controller) => {
      for (const piece of inPieces(bytes, [70_000])) controller.enqueue(piece)
      controller.close()
    },
  })
  const one = await writeContent(store, bytes)
  const sources = [[bytes], [...inPieces(bytes, [1000, 7])], later(inPieces(bytes, [65_536])), stream]
  for (const source of sources) assert.deepEqual(await writeContent(store, source), one)
  assert.deepEqual(await readAll(store, one.cid), bytes)
})

test('comes back as it was, in whole and in ranges, with a tree of several levels', async () => {
  const store = await openStore()
  const bytes = randomBytes('levels', 1100 * 1024)
  const { cid, size, chunks } = await writeContent(store, bytes, { chunker: createFixedChunker(1024) })
  assert.deepEqual([size, chunks], [1100 * 1024, 1100])
  assert.deepEqual(await readAll(store, cid), bytes)
  using snapshot = store.snapshot()
  assert.deepEqual(await readContent(snapshot, cid, size), { ok: bytes })
  assert.equal((await readContent(snapshot, cid, size - 1)).refused?.code, 'LIMIT')
  const place = fc.integer({ min: 0, max: size + 10 })
  const law = fc.asyncProperty(
    place,
    fc.oneof(place, fc.integer({ min: 0, max: 5000 })),
    async (offset, length) => {
      const range = await readAll(snapshot, cid, { offset, length })
      assert.deepEqual(range, bytes.slice(offset, offset + length))
    },
  )
  await fc.assert(law, { numRuns: 60 })
})

test('is a round trip for any content', async () => {
  const store = await openStore()
  const law = fc.asyncProperty(fc.string(), fc.integer({ min: 0, max: 20_000 }), async (seed, length) => {
    const bytes = randomBytes(seed, length)
    const { cid, size } = await writeContent(store, bytes, { chunker: small() })
    assert.equal(size, length)
    assert.deepEqual(await readAll(store, cid), bytes)
  })
  await fc.assert(law, { numRuns: 40 })
})

test('packs every level from the left: 1,024 parts but for the last branch', async () => {
  const store = await openStore()
  const chunk = randomBytes('chunk', 1024)
  const shapeOf = async (chunks: number): Promise<number[][]> => {
    const source = Array.from({ length: chunks }, () => chunk)
    const { cid } = await writeContent(store, source, { chunker: createFixedChunker(1024) })
    using snapshot = store.snapshot()
    const parts = async (at = cid): Promise<number[][]> => {
      const map = decodeCbor((await snapshot.getBlock(at))!, DAG_CBOR_PROFILE).ok as Map<string, unknown>
      const links = map.get('parts') as [typeof cid, number][]
      assert.equal(map.get('tree'), 2)
      assert.equal(
        map.get('size'),
        links.reduce((sum, [, size]) => sum + size, 0),
      )
      const below =
        links[0]![0].code === CODEC.raw ? [] : await Promise.all(links.map(([link]) => parts(link)))
      return [[links.length], ...below.flat()]
    }
    return cid.code === CODEC.raw ? [] : await parts()
  }
  assert.deepEqual(await shapeOf(1), [])
  assert.deepEqual(await shapeOf(2), [[2]])
  assert.deepEqual(await shapeOf(1024), [[1024]])
  assert.deepEqual(await shapeOf(1025), [[2], [1024], [1]])
  assert.deepEqual(await shapeOf(2048), [[2], [1024], [1024]])
  assert.deepEqual(await shapeOf(2049), [[3], [1024], [1024], [1]])
})

test('commits long content in several transactions, and tells how far it is', async () => {
  const store = await openStore()
  const told: number[] = []
  const sizes: number[] = []
  const counting = countingStore(store, (bytes) => sizes.push(bytes))
  const bytes = randomBytes('long', 12 * MIB)
  const { cid } = await writeContent(counting, later(inPieces(bytes, [65_536])), {
    onProgress: ({ bytes: done }) => told.push(done),
  })
  assert.ok(sizes.length >= 3 && sizes.every((size) => size < 5 * MIB), `${sizes}`)
  assert.ok(told.every((done, index) => index === 0 || done > told[index - 1]!))
  assert.equal(told.at(-1), bytes.length)
  assert.deepEqual(await readAll(store, cid), bytes)
})

test('writes the same when a transaction runs again', async () => {
  const store = await openStore()
  const bytes = randomBytes('again', 300_000)
  const once = await writeContent(await openStore(), bytes)
  const twice: Pick<Store, 'transact'> = {
    transact: (work, options) =>
      store.transact(async (transaction) => {
        await work(transaction)
        return work(transaction)
      }, options),
  }
  assert.deepEqual(await writeContent(twice, bytes), once)
  assert.deepEqual(await readAll(store, once.cid), bytes)
})

test('stops when the signal says so, and leaves nothing but blocks', async () => {
  const store = await openStore()
  const bytes = randomBytes('given up', 10 * MIB)
  const { cid } = await writeContent(await openStore(), bytes)
  const abort = new AbortController()
  let isTold = false
  const source = async function* (): AsyncGenerator<Uint8Array> {
    try {
      yield bytes.subarray(0, 9 * MIB)
      abort.abort(new Error('enough'))
      yield bytes.subarray(9 * MIB)
    } finally {
      isTold = true
    }
  }
  await assert.rejects(writeContent(store, source(), { signal: abort.signal }), /enough/)
  assert.equal(isTold, true)
  assert.equal(await isBlockHere(store, cid), false)
  using snapshot = store.snapshot()
  for await (const label of snapshot.labels()) assert.fail(label.name)
})

test('stops although the source never gives anything again', async () => {
  const store = await openStore()
  const abort = new AbortController()
  const pulled: { silent?: () => void } = {}
  const silent: AsyncIterable<Uint8Array> = {
    [Symbol.asyncIterator]: () => ({
      next: () => {
        pulled.silent?.()
        return new Promise(() => undefined)
      },
    }),
  }
  pulled.silent = () => abort.abort(new Error('too slow'))
  await assert.rejects(writeContent(store, silent, { signal: abort.signal }), /too slow/)
  await assert.rejects(writeContent(store, [], { signal: AbortSignal.abort(new Error('before')) }), /before/)
})

test('hands on what the source or the store throws', async () => {
  const store = await openStore()
  const broken = async function* (): AsyncGenerator<Uint8Array> {
    yield randomBytes('broken', 5 * MIB)
    throw new Error('the line is cut')
  }
  await assert.rejects(writeContent(store, broken()), /the line is cut/)
  for (const source of [['text'], [1, 2], 7, {}])
    await assert.rejects(writeContent(store, source as unknown as Uint8Array[]), TypeError)
  const full: Pick<Store, 'transact'> = { transact: () => Promise.reject(new StoreError('FULL')) }
  await assert.rejects(writeContent(full, randomBytes('full', 9 * MIB)), { code: 'FULL' })
  await store.close()
  await assert.rejects(writeContent(store, randomBytes('closed', 10)), { code: 'CLOSED' })
})

/** A store that tells how many bytes each transaction writes. */
function countingStore(store: Store, tell: (bytes: number) => void): Pick<Store, 'transact'> {
  return {
    transact: (work, options) =>
      store.transact(async (transaction) => {
        let bytes = 0
        const putBlock = (block: Uint8Array, codec?: number) => {
          bytes += block.length
          return transaction.putBlock(block, codec)
        }
        const result = await work({ putBlock } as unknown as Transaction)
        tell(bytes)
        return result
      }, options),
  }
}
