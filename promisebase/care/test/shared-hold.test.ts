/** Holds of one store, and collections by another one over the same backend. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SharedMemory } from '../../../conformance/test/shared-memory.ts'
import { encodeDagCbor } from '../../cbor/encode.ts'
import { CODEC, hashBlock } from '../../cid.ts'
import { StoreError } from '../../errors.ts'
import { createStore } from '../../store.ts'
import { nodeCrypto } from '../../test/node-crypto.ts'
import { collect } from '../collect.ts'
import { createHold } from '../hold.ts'
import { holds } from '../hold-records.ts'
import { setQuota } from '../quotas.ts'
import type { CID } from 'multiformats/cid'
import type { Store } from '../../interface.ts'
import type { CollectOptions } from '../collection.ts'
import type { Faults } from '../../../conformance/test/shared-memory.ts'

const utf8 = (text: string) => new TextEncoder().encode(text)

async function openBoth(faults: Faults = {}): Promise<[alice: Store, bob: Store]> {
  const memory = new SharedMemory()
  const open = () => createStore({ backend: memory.open(faults), crypto: nodeCrypto })
  return [await open(), await open()]
}

const put = (store: Store, text: string) => store.transact((transaction) => transaction.putBlock(utf8(text)))

async function deleted(store: Store, options?: CollectOptions): Promise<number | string> {
  const { ok, refused } = await collect(store, options)
  return ok?.deleted ?? refused!.code
}

async function isHere(store: Store, cid: CID): Promise<boolean> {
  using snapshot = store.snapshot()
  return await snapshot.hasBlock(cid)
}

async function stored(store: Store): Promise<{ holds: number; entries: number }> {
  using snapshot = store.snapshot()
  const found = { holds: 0, entries: 0 }
  for await (const _ of holds(snapshot)) found.holds++
  for await (const _ of snapshot.range('.holds')) found.entries++
  return found
}

test('keeps what was put under a hold of another store, until it is named', async () => {
  const [alice, bob] = await openBoth()
  {
    using hold = createHold(alice, { expires: 100, owner: 'alice' })
    const leaf = await put(alice, 'tides')
    assert.equal(await deleted(bob, { now: 99 }), 0)
    const root = await alice.transact((transaction) =>
      transaction.putBlock(encodeDagCbor({ links: [leaf] }), CODEC.dagCbor),
    )
    assert.equal(await deleted(bob, { now: 99 }), 0)
    await alice.transact(async (transaction) => {
      assert.equal(await hold.isOpenIn(transaction), true)
      await transaction.setLabel('a', undefined, root)
    })
    assert.deepEqual([hold.blocks, await stored(bob)], [2, { holds: 1, entries: 3 }])
  }
  assert.equal(await deleted(bob), 0)
  await alice.transact((transaction) => transaction.put('notes', utf8('a'), utf8('b')))
  assert.deepEqual(await stored(bob), { holds: 0, entries: 0 })
})

test('keeps what was there before, when something that links to it is put', async () => {
  const [alice, bob] = await openBoth()
  const [linked] = [await put(bob, 'linked'), await put(bob, 'alone')]
  using _hold = createHold(alice, { expires: 100 })
  await alice.transact((transaction) =>
    transaction.putBlock(encodeDagCbor({ links: [linked] }), CODEC.dagCbor),
  )
  assert.equal(await deleted(bob), 1)
  assert.equal(await isHere(bob, linked), true)
})

test('keeps nothing that another store puts, nor what was put before or after', async () => {
  const [alice, bob] = await openBoth()
  await put(alice, 'before')
  const hold = createHold(alice, { expires: 100 })
  await put(bob, 'beside')
  hold.release()
  await put(alice, 'after')
  assert.equal(await deleted(bob), 3)
})

test('lets go of what was not named, when it is released', async () => {
  const [alice, bob] = await openBoth()
  const hold = createHold(alice, { expires: 100 })
  const cid = await put(alice, 'tides')
  hold.release()
  hold.release()
  assert.equal(hold.isOpen, false)
  await alice.close()
  assert.deepEqual(await stored(bob), { holds: 0, entries: 0 })
  assert.equal(await deleted(bob), 1)
  assert.equal(await isHere(bob, cid), false)
})

test('ends when a collection in another process is told of the second it expires in', async () => {
  const [alice, bob] = await openBoth()
  const hold = createHold(alice, { expires: 100 })
  await put(alice, 'tides')
  assert.equal(await deleted(bob), 0)
  assert.equal(await deleted(bob, { now: 100, dryRun: true }), 1)
  assert.deepEqual(await stored(bob), { holds: 1, entries: 2 })
  assert.equal(await deleted(bob, { now: 100 }), 1)
  assert.deepEqual(await stored(bob), { holds: 0, entries: 0 })
  await put(alice, 'moons')
  assert.deepEqual([hold.isOpen, hold.blocks], [false, 1])
  assert.equal(await hold.renew(200), false)
  assert.equal(await deleted(bob), 1)
})

test('a transaction that asked whether it is open does not name what was let go meanwhile', async () => {
  const [alice, bob] = await openBoth()
  const hold = createHold(alice, { expires: 100 })
  const cid = await put(alice, 'tides')
  const open: boolean[] = []
  await alice.transact(async (transaction) => {
    open.push(await hold.isOpenIn(transaction))
    if (open.length === 1) await deleted(bob, { now: 100 })
    if (open.at(-1) === true) await transaction.setLabel('a', undefined, cid)
  })
  assert.deepEqual(open, [true, false])
  using snapshot = alice.snapshot()
  assert.equal(await snapshot.getLabel('a'), undefined)
})

test('lasts longer when it is renewed, before anything was put or after', async () => {
  const [alice, bob] = await openBoth()
  for (const text of ['tides', 'moons']) {
    using hold = createHold(alice, { expires: 100 })
    if (text === 'moons') await put(alice, text)
    assert.equal(await hold.renew(200), true)
    await put(alice, text)
    assert.equal(await deleted(bob, { now: 199 }), 0)
    assert.equal(await deleted(bob, { now: 200 }), 1)
    await assert.rejects(hold.renew(1.5), TypeError)
  }
})

test('a collection removes what a hold without its record has left', async () => {
  const [alice, bob] = await openBoth()
  const key = Uint8Array.from([2, ...nodeCrypto.random(16), 0, 0, 0, 0, 0, 0, 0, 1])
  await alice.transact((transaction) => transaction.put('.holds', key, Uint8Array.of()))
  await deleted(bob)
  assert.deepEqual(await stored(alice), { holds: 0, entries: 0 })
})

for (const written of [false, true]) {
  test(`keeps what is put again after a commit that nobody answered, ${written ? '' : 'not '}written`, async () => {
    let isFailing = true
    const failure = () => (isFailing ? { error: new StoreError('INDETERMINATE'), written } : undefined)
    const memory = new SharedMemory()
    const bob = await createStore({ backend: memory.open(), crypto: nodeCrypto })
    const alice = await createStore({ backend: memory.open({ failure }), crypto: nodeCrypto })
    using _hold = createHold(alice, { expires: 100 })
    await assert.rejects(put(alice, 'tides'), { code: 'INDETERMINATE' })
    isFailing = false
    await put(alice, 'tides')
    await put(alice, 'moons')
    assert.equal(await deleted(bob, { now: 99 }), 0)
  })
}

test('a record that is damaged stops a collection', async () => {
  const [alice, bob] = await openBoth()
  const key = Uint8Array.from([1, ...nodeCrypto.random(16)])
  for (const value of [Uint8Array.of(), encodeDagCbor({}), encodeDagCbor({ expires: 1, owner: 2 })]) {
    await alice.transact((transaction) => transaction.put('.holds', key, value))
    await assert.rejects(collect(bob), { code: 'CORRUPT' })
  }
  await alice.transact((transaction) => transaction.put('.holds', key, encodeDagCbor({ expires: 1 })))
  const blocks = Uint8Array.from([2, ...key.slice(1), 0, 0, 0, 0, 0, 0, 0, 1])
  await alice.transact((transaction) => transaction.put('.holds', blocks, Uint8Array.of(9, 1)))
  await assert.rejects(collect(bob), { code: 'CORRUPT' })
})

test('wants an expiry where several processes write, and allows no quota on what holds write', async () => {
  const [alice] = await openBoth()
  assert.throws(() => createHold(alice), TypeError)
  assert.throws(() => createHold(alice, { expires: -1 }), TypeError)
  await assert.rejects(setQuota(alice, '.holds', { entriesMax: 1 }), RangeError)
})

test('a block under a hold that links to what is on its way stops no collection', async () => {
  const [alice, bob] = await openBoth()
  using _hold = createHold(alice, { expires: 100 })
  const absent = hashBlock(nodeCrypto.sha256, CODEC.raw, utf8('on its way'))
  await alice.transact((transaction) =>
    transaction.putBlock(encodeDagCbor({ links: [absent] }), CODEC.dagCbor),
  )
  assert.equal(await deleted(bob), 0)
})
