import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMemoryBackend } from '../../backend-memory.ts'
import { cidAt, CODEC, createCid, hashBlock } from '../../cid.ts'
import { createStore } from '../../store.ts'
import { nodeCrypto } from '../../test/node-crypto.ts'
import { dropExpiredPins, isHeld, pin, pins, unpin } from '../pins.ts'
import type { Store } from '../../interface.ts'
import type { PinFilter, PinRequest } from '../pins.ts'

const utf8 = (text: string) => new TextEncoder().encode(text)
const nameOf = (text: string) => hashBlock(nodeCrypto.sha256, CODEC.raw, utf8(text))

async function storeWith(...blocks: string[]): Promise<Store> {
  const store = await createStore({ backend: createMemoryBackend(), crypto: nodeCrypto })
  await store.transact((transaction) => blocks.forEach((text) => transaction.putBlock(utf8(text))))
  return store
}

const add = (store: Store, request: PinRequest) => store.transact((transaction) => pin(transaction, request))

async function list(store: Store, filter?: PinFilter): Promise<string[]> {
  using snapshot = store.snapshot()
  const found: string[] = []
  const names = new Map(['tides', 'moons', 'later'].map((text) => [String(nameOf(text)), text]))
  for await (const { cid, owner, kind, expires } of pins(snapshot, filter)) {
    found.push(`${owner} ${kind} ${names.get(String(cid))} ${expires ?? 'for ever'}`)
  }
  return found.sort()
}

test('keeps a pin of each owner, listed by block, by owner and by both', async () => {
  const store = await storeWith('tides', 'moons')
  await add(store, { cid: nameOf('tides'), owner: 'alice' })
  await add(store, { cid: nameOf('tides'), owner: 'bob', kind: 'direct', expires: 100 })
  await add(store, { cid: nameOf('moons'), owner: 'alice', expires: 50 })
  const [tides, moons, bob] = [
    'alice recursive tides for ever',
    'alice recursive moons 50',
    'bob direct tides 100',
  ]
  assert.deepEqual(await list(store), [moons, tides, bob])
  assert.deepEqual(await list(store, { owner: 'alice' }), [moons, tides])
  assert.deepEqual(await list(store, { cid: nameOf('tides') }), [tides, bob])
  assert.deepEqual(await list(store, { cid: nameOf('tides'), owner: 'bob' }), [bob])
  assert.deepEqual(await list(store, { owner: 'mallory' }), [])
  assert.deepEqual(await list(store, { owner: 'alic' }), [])
})

test('changes the pin an owner has instead of adding one', async () => {
  const store = await storeWith('tides')
  await add(store, { cid: nameOf('tides'), owner: 'alice', expires: 5 })
  await add(store, { cid: nameOf('tides'), owner: 'alice', kind: 'direct' })
  assert.deepEqual(await list(store), ['alice direct tides for ever'])
})

test('removes a pin of its owner and of nobody else', async () => {
  const store = await storeWith('tides')
  await add(store, { cid: nameOf('tides'), owner: 'alice' })
  const remove = (owner: string) =>
    store.transact((transaction) => unpin(transaction, nameOf('tides'), owner))
  assert.equal(await remove('mallory'), false)
  assert.deepEqual(await list(store), ['alice recursive tides for ever'])
  assert.equal(await remove('alice'), true)
  assert.equal(await remove('alice'), false)
  assert.deepEqual([...(await list(store)), ...(await list(store, { owner: 'alice' }))], [])
})

test('refuses a pin of what is absent unless asked, and of what no store can hold', async () => {
  const store = await storeWith()
  const cid = nameOf('later')
  assert.equal((await add(store, { cid, owner: 'alice' })).refused?.code, 'MISSING')
  assert.equal((await add(store, { cid, owner: 'alice', missing: 'allow' })).refused, undefined)
  const identity = createCid(CODEC.raw, new Uint8Array(32)).bytes.slice()
  identity[2] = 0
  const nobody = await add(store, {
    cid: cidAt(identity, 0, identity.length)!,
    owner: 'alice',
    missing: 'allow',
  })
  assert.equal(nobody.refused?.code, 'CID')
  assert.deepEqual(await list(store), ['alice recursive later for ever'])
})

test('takes content and its pin in one transaction', async () => {
  const store = await storeWith()
  const made = await store.transact((transaction) =>
    pin(transaction, { cid: transaction.putBlock(utf8('tides')), owner: 'alice' }),
  )
  assert.equal(made.ok?.owner, 'alice')
})

test('drops pins from the second on at which they expire, a few at a time', async () => {
  const store = await storeWith('tides', 'moons', 'later')
  await add(store, { cid: nameOf('tides'), owner: 'alice', expires: 10 })
  await add(store, { cid: nameOf('moons'), owner: 'alice', expires: 11 })
  await add(store, { cid: nameOf('later'), owner: 'alice' })
  const drop = (now: number, limit?: number) =>
    store.transact((transaction) => dropExpiredPins(transaction, now, limit))
  assert.deepEqual([await drop(9), await drop(10), await drop(10)], [0, 1, 0])
  assert.deepEqual([await drop(99, 1), await drop(99, 1)], [1, 0])
  assert.deepEqual(await list(store), ['alice recursive later for ever'])
  const pin = { cid: nameOf('tides'), owner: 'alice', kind: 'direct', expires: 10 } as const
  assert.deepEqual([isHeld(pin, 9), isHeld(pin, 10), isHeld(pin)], [true, false, true])
})

test('throws for an owner, kind or expiry that is none', async () => {
  const store = await storeWith('tides')
  const cid = nameOf('tides')
  for (const wrong of [
    { owner: '' },
    { owner: 'x'.repeat(257) },
    { owner: '\ud800' },
    { owner: 'alice', expires: -1 },
    { owner: 'alice', expires: 1.5 },
    { owner: 'alice', kind: 'both' },
  ]) {
    await assert.rejects(add(store, { cid, ...wrong } as PinRequest), TypeError, JSON.stringify(wrong))
  }
  assert.deepEqual(await list(store), [])
})
