import assert from 'node:assert/strict'
import { register } from 'node:module'
import { afterEach, beforeEach, describe, it, test } from 'node:test'
import { CID } from 'multiformats/cid'
import { Digest } from 'multiformats/hashes/digest'
import { createMemoryBackend } from '../backend-memory.ts'
import { createBlockstore } from '../blockstore.ts'
import { CODEC, createCid } from '../cid.ts'
import { HASH } from '../hash.ts'
import { hashBlockAs, isBlockOf } from '../hasher.ts'
import { blockKey } from '../keys.ts'
import { nobleHasher } from '../noble-hasher.ts'
import { createStore } from '../store.ts'
import { BLOCK_BYTES_MAX } from '../store-limits.ts'
import { nodeCrypto } from './node-crypto.ts'
import type { Blockstore } from 'interface-blockstore'
import type { BlockInput } from '../blockstore.ts'
import type { Backend, Store } from '../interface.ts'

const bytesOf = (text: string) => new TextEncoder().encode(text)
const nameOf = (bytes: Uint8Array, codec: number = CODEC.raw) => createCid(codec, nodeCrypto.sha256(bytes))

function openMemoryStore(): Promise<Store> {
  return createStore({ backend: createMemoryBackend(), crypto: nodeCrypto })
}

async function all<T>(items: AsyncIterable<T> | Iterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}

// The suite was written for another runner, which has these everywhere.
Object.assign(globalThis, { describe, it, beforeEach, afterEach })
register(new URL('../../../conformance/tools/chai-hooks.mjs', import.meta.url))
const { interfaceBlockstoreTests } = await import('interface-blockstore-tests')

describe('the suite of interface-blockstore', () => {
  const stores = new Map<Blockstore, Store>()
  interfaceBlockstoreTests({
    async setup() {
      const store = await openMemoryStore()
      const blockstore: Blockstore = createBlockstore(store, { deletes: true })
      stores.set(blockstore, store)
      return blockstore
    },
    async teardown(blockstore) {
      await stores.get(blockstore)!.close()
    },
  })
})

test('keeps blocks in the store that everyone else uses, under the hash and any codec', async () => {
  await using store = await openMemoryStore()
  const blockstore = createBlockstore(store)
  const alice = bytesOf('alice')
  const cid = nameOf(alice, 0x70)
  const old = CID.createV0(cid.multihash as CID['multihash'] & { code: 0x12 })
  assert.equal(await blockstore.put(old, [alice.subarray(0, 2), alice.subarray(2)]), old)
  using snapshot = store.snapshot()
  assert.deepEqual(await snapshot.getBlock(nameOf(alice)), alice)
  for (const name of [old, cid, nameOf(alice)]) {
    assert.equal(await blockstore.has(name), true)
    assert.deepEqual(await all(blockstore.get(name)), [alice])
  }
})

test('refuses bytes that are not what the CID names, and keeps nothing of their group', async () => {
  await using store = await openMemoryStore()
  const blockstore = createBlockstore(store)
  const [alice, bob] = [bytesOf('alice'), bytesOf('bob')]
  await assert.rejects(blockstore.put(nameOf(alice), bob), { code: 'HASH' })
  const cut = CID.createV1(CODEC.raw, new Digest(0x12, 2, new Uint8Array(2), Uint8Array.of(0x12, 2, 0, 0)))
  await assert.rejects(blockstore.put(cut, bob), { code: 'HASH' })
  const group = [alice, bob].map((bytes) => ({ cid: nameOf(alice), bytes }))
  await assert.rejects(all(blockstore.putMany(group)), { code: 'HASH' })
  assert.equal(await blockstore.has(nameOf(alice)), false)
  assert.equal(await blockstore.has(cut), false)
  await assert.rejects(all(blockstore.get(cut)), { name: 'NotFoundError' })
})

test('takes a block of the longest length, and stops reading a longer one', async () => {
  await using store = await openMemoryStore()
  const blockstore = createBlockstore(store)
  const longest = new Uint8Array(BLOCK_BYTES_MAX)
  await blockstore.put(nameOf(longest), longest)
  let pieces = 0
  function* endless(): Generator<Uint8Array> {
    for (;;) {
      pieces++
      yield new Uint8Array(100_000)
    }
  }
  await assert.rejects(blockstore.put(nameOf(longest), endless()), { code: 'LIMIT' })
  assert.equal(pieces, 11)
})

test('gives all blocks out of one scan, and what is damaged or of an unknown hash is not among them', async () => {
  const inner = createMemoryBackend()
  const asked = { gets: 0, entries: 0 }
  const backend: Backend = {
    name: 'counting',
    batch: (writes, options) => inner.batch(writes, options),
    close: () => inner.close(),
    snapshot: () => {
      const snapshot = inner.snapshot()
      return {
        get: (key) => {
          asked.gets++
          return snapshot.get(key)
        },
        range: async function* (range) {
          for await (const entry of snapshot.range(range)) {
            asked.entries++
            yield entry
          }
        },
        close: () => snapshot.close(),
      }
    },
  }
  const [alice, bob] = [bytesOf('alice'), bytesOf('bob')]
  const store = await createStore({ backend, crypto: nodeCrypto, hasher: nobleHasher })
  const other = hashBlockAs(nobleHasher, HASH['blake3'], CODEC.raw, alice)
  await store.transact((transaction) => {
    transaction.putBlock(alice)
    transaction.putBlock(bob)
    transaction.putBlockAs(other, alice)
  })
  Object.assign(asked, { gets: 0, entries: 0 })
  const whole = await all(createBlockstore(store).getAll())
  assert.equal(whole.length, 3)
  assert.deepEqual(asked, { gets: 0, entries: 3 })
  for (const { cid, bytes } of whole) {
    const [content] = await all(bytes)
    assert.ok(isBlockOf(nobleHasher, cid, content!), String(cid))
  }
  const plain = await createStore({ backend, crypto: nodeCrypto })
  assert.equal((await all(createBlockstore(plain).getAll())).length, 2)
  await inner.batch([{ type: 'put', key: blockKey(nameOf(bob)), value: alice }], { durable: true })
  const later = await createStore({ backend, crypto: nodeCrypto })
  await assert.rejects(all(createBlockstore(later).getAll()), { code: 'CORRUPT' })
})

test('has what is in its own name, and keeps nothing for it', async () => {
  await using store = await openMemoryStore()
  const blockstore = createBlockstore(store)
  const inline = CID.createV1(CODEC.raw, new Digest(0, 1, Uint8Array.of(7), Uint8Array.of(0, 1, 7)))
  await blockstore.put(inline, Uint8Array.of(7))
  await assert.rejects(blockstore.put(inline, Uint8Array.of(8)), { code: 'HASH' })
  assert.equal(await blockstore.has(inline), true)
  assert.deepEqual(await all(blockstore.get(inline)), [Uint8Array.of(7)])
  assert.deepEqual(await all(blockstore.getAll()), [])
})

test('deletes nothing unless it was made to', async () => {
  await using store = await openMemoryStore()
  const blockstore = createBlockstore(store)
  const alice = bytesOf('alice')
  await blockstore.put(nameOf(alice), alice)
  await assert.rejects(blockstore.delete(nameOf(alice)), { name: 'DeleteFailedError' })
  await assert.rejects(all(blockstore.deleteMany([nameOf(alice)])), { name: 'DeleteFailedError' })
  assert.equal(await blockstore.has(nameOf(alice)), true)
})

test('keeps more blocks than one group holds, in their order', async () => {
  await using store = await openMemoryStore()
  const blockstore = createBlockstore(store)
  const blocks = Array.from({ length: 600 }, (_, i) => bytesOf(`block ${i}`))
  async function* source(): AsyncGenerator<{ cid: CID; bytes: BlockInput }> {
    for (const bytes of blocks) yield { cid: nameOf(bytes), bytes: [bytes] }
  }
  const names = await all(blockstore.putMany(source()))
  assert.deepEqual(
    names.map(String),
    blocks.map((bytes) => String(nameOf(bytes))),
  )
  const pairs = await all(blockstore.getAll())
  assert.equal(pairs.length, 600)
  const found = new Set(pairs.map(({ cid }) => String(cid)))
  assert.ok(names.every((name) => found.has(String(name))))
})
