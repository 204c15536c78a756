import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMemoryBackend } from '../../backend-memory.ts'
import { encodeDagCbor } from '../../cbor/encode.ts'
import { CODEC, hashBlock } from '../../cid.ts'
import { readContent } from '../../content/open-content.ts'
import { writeContent } from '../../content/write-content.ts'
import { nobleHasher } from '../../noble-hasher.ts'
import { HASH } from '../../hash.ts'
import { hashBlockAs } from '../../hasher.ts'
import { keyOfBlock } from '../../keys.ts'
import { createStore } from '../../store.ts'
import { nodeCrypto } from '../../test/node-crypto.ts'
import { collect } from '../collect.ts'
import { createHold } from '../hold.ts'
import type { CID } from 'multiformats/cid'
import type { Backend, Store } from '../../interface.ts'
import type { CollectOptions } from '../collection.ts'

const utf8 = (text: string) => new TextEncoder().encode(text)
const nameOf = (bytes: Uint8Array) => hashBlock(nodeCrypto.sha256, CODEC.raw, bytes)
const openStore = (backend: Backend = createMemoryBackend()) =>
  createStore({ backend, crypto: nodeCrypto, hasher: nobleHasher })

const put = (store: Store, bytes: Uint8Array, codec?: number) =>
  store.transact((transaction) => transaction.putBlock(bytes, codec))

async function deleted(store: Store, options?: CollectOptions): Promise<number | string> {
  const { ok, refused } = await collect(store, options)
  return ok?.deleted ?? refused!.code
}

async function isHere(store: Store, cid: CID): Promise<boolean> {
  using snapshot = store.snapshot()
  return await snapshot.hasBlock(cid)
}

/** Nothing in it is like anything else in it. */
function noise(length: number): Uint8Array {
  return new Uint8Array(nodeCrypto.random(length))
}

test('keeps content of many transactions until it is named, through collections in between', async () => {
  const store = await openStore()
  const bytes = noise(9_000_000)
  const collected: (number | string)[] = []
  {
    using hold = createHold(store)
    const source = async function* () {
      for (let at = 0; at < bytes.length; at += 1_000_000) {
        yield bytes.subarray(at, at + 1_000_000)
        collected.push(await deleted(store))
      }
    }
    const { cid, chunks } = await writeContent(store, source())
    assert.ok(hold.blocks >= chunks, String(hold.blocks))
    collected.push(await deleted(store))
    await store.transact((transaction) => transaction.setLabel('film', undefined, cid))
  }
  assert.deepEqual(new Set(collected), new Set([0]))
  assert.equal(await deleted(store), 0)
  using snapshot = store.snapshot()
  const film = await snapshot.getLabel('film')
  assert.deepEqual((await readContent(snapshot, film!, bytes.length)).ok, bytes)
})

test('loses the same content without a hold', async () => {
  const store = await openStore()
  const { cid } = await writeContent(store, noise(100_000))
  assert.ok(Number(await deleted(store)) > 0)
  assert.equal(await isHere(store, cid), false)
})

test('lets go of what nobody has named when it is released', async () => {
  const store = await openStore()
  const hold = createHold(store)
  const [kept, left] = [await put(store, utf8('kept')), await put(store, utf8('left'))]
  await store.transact((transaction) => transaction.setLabel('kept', undefined, kept))
  assert.equal(await deleted(store), 0)
  hold.release()
  assert.deepEqual([hold.isOpen, hold.blocks], [false, 0])
  hold.release()
  assert.equal(await deleted(store), 1)
  assert.deepEqual([await isHere(store, kept), await isHere(store, left)], [true, false])
})

test('keeps nothing that was put before it was opened, or after it was released', async () => {
  const store = await openStore()
  await put(store, utf8('before'))
  const hold = createHold(store)
  assert.equal(await deleted(store), 1)
  hold.release()
  await put(store, utf8('after'))
  assert.equal(await deleted(store), 1)
})

test('keeps what was there before, when it is put again or something that links to it is put', async () => {
  const store = await openStore()
  const [again, linked, alone] = [utf8('again'), utf8('linked'), utf8('alone')]
  for (const bytes of [again, linked, alone]) await put(store, bytes)
  using _hold = createHold(store)
  await put(store, again)
  const node = encodeDagCbor({ links: [nameOf(linked), nameOf(utf8('on its way'))] })
  await put(store, node, CODEC.dagCbor)
  assert.equal(await deleted(store), 1)
  assert.deepEqual(await Promise.all([again, linked, alone].map((bytes) => isHere(store, nameOf(bytes)))), [
    true,
    true,
    false,
  ])
})

test('keeps blocks by whatever hash they are named', async () => {
  const store = await openStore()
  using _hold = createHold(store)
  const cid = hashBlockAs(nobleHasher, HASH['sha2-512'], CODEC.raw, utf8('tides'))
  await store.transact((transaction) => transaction.putBlockAs(cid, utf8('tides')))
  assert.equal(await deleted(store), 0)
  assert.equal(await isHere(store, cid), true)
})

test('ends at a collection of the second it expires in, and no earlier', async () => {
  const store = await openStore()
  const hold = createHold(store, { expires: 100 })
  await put(store, utf8('tides'))
  assert.equal(await deleted(store), 0)
  assert.equal(await deleted(store, { now: 99 }), 0)
  assert.equal(await deleted(store, { now: 100 }), 1)
  assert.equal(hold.isOpen, false)
  await put(store, utf8('tides'))
  assert.equal(await deleted(store), 1)
})

test('two holds keep what was put under either', async () => {
  const store = await openStore()
  const first = createHold(store)
  await put(store, utf8('tides'))
  const second = createHold(store)
  await put(store, utf8('moons'))
  first.release()
  assert.equal(await deleted(store), 1)
  assert.equal(second.blocks, 1)
  second.release()
  assert.equal(await deleted(store), 1)
})

test('does not count a held block that looks like a link to something else as damage', async () => {
  const store = await openStore()
  using _hold = createHold(store)
  const text = await put(store, utf8('no dag-cbor'))
  const asCbor = hashBlock(nodeCrypto.sha256, CODEC.dagCbor, utf8('no dag-cbor'))
  assert.deepEqual(asCbor.multihash.digest, text.multihash.digest)
  await put(store, encodeDagCbor({ links: [asCbor] }))
  assert.equal(await deleted(store), 0)
})

test('stops a collection where a held block is corrupt, unless that is allowed', async () => {
  const backend = createMemoryBackend()
  const store = await openStore(backend)
  using _hold = createHold(store)
  const cid = await put(store, utf8('tides'))
  await put(store, utf8('moons'))
  await backend.batch([{ type: 'put', key: keyOfBlock(cid.multihash.bytes), value: utf8('waves') }], {
    durable: true,
  })
  assert.equal(await deleted(store), 'INCOMPLETE')
  assert.equal(await deleted(store, { unreadable: 'allow' }), 0)
})

test('refuses an expiry that is none, and a store of another make', async () => {
  const store = await openStore()
  assert.throws(() => createHold(store, { expires: 1.5 }), TypeError)
  assert.throws(() => createHold(store, { expires: -1 }), TypeError)
  assert.throws(() => createHold({ ...store }), TypeError)
})
