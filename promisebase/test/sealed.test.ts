import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMemoryBackend } from '../backend-memory.ts'
import { entryKey, HEAD_KEY, labelKey, VERSION_KEY } from '../keys.ts'
import { createStore } from '../store.ts'
import { openValue, sealValue } from '../sealed.ts'
import { nodeCrypto } from './node-crypto.ts'
import type { Backend, Store } from '../interface.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const KEY = bytes('alice')

async function written(): Promise<{ backend: Backend; store: Store }> {
  const backend = createMemoryBackend()
  const store = await createStore({ backend, crypto: nodeCrypto })
  await store.transact(async (transaction) => {
    for (const name of ['alice', 'bob']) transaction.put('people', bytes(name), bytes(`value of ${name}`))
    await transaction.setLabel('head', undefined, transaction.putBlock(bytes('block')))
  })
  return { backend, store }
}

async function stored(backend: Backend, key: Uint8Array): Promise<Uint8Array> {
  const snapshot = backend.snapshot()
  const value = await snapshot.get(key)
  snapshot.close()
  return value!
}

const replace = (backend: Backend, key: Uint8Array, value: Uint8Array) =>
  backend.batch([{ type: 'put', key, value }], { durable: true })

async function all<T>(entries: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const entry of entries) found.push(entry)
  return found
}

/** Every way to read an entry of the space; each is to be refused, in a snapshot and in a transaction. */
async function assertRefused(store: Store, message: RegExp): Promise<void> {
  using snapshot = store.snapshot()
  const refusal = { name: 'StoreError', code: 'CORRUPT', message }
  await assert.rejects(snapshot.get('people', KEY), refusal)
  await assert.rejects(all(snapshot.range('people')), refusal)
  await assert.rejects(
    store.transact((transaction) => transaction.get('people', KEY)),
    refusal,
  )
  await assert.rejects(
    store.transact((transaction) => all(transaction.range('people'))),
    refusal,
  )
}

test('notices any bit flipped in an entry, in its checksum as well, and names space and key', async () => {
  const { backend, store } = await written()
  const key = entryKey('people', KEY)
  const right = await stored(backend, key)
  for (let bit = 0; bit < right.length * 8; bit++) {
    const wrong = right.slice()
    wrong[bit >> 3]! ^= 1 << (bit & 7)
    assert.throws(() => openValue(key, wrong), { code: 'CORRUPT' })
    if (bit % 29 > 0) continue
    await replace(backend, key, wrong)
    const again = await createStore({ backend, crypto: nodeCrypto })
    await assertRefused(again, /the entry 616c696365 of the space "people"/)
  }
  await replace(backend, key, right)
  using snapshot = store.snapshot()
  assert.deepEqual(await snapshot.get('people', KEY), bytes('value of alice'))
})

test('notices the value of one key under another, and one that is cut short', async () => {
  const { backend } = await written()
  const key = entryKey('people', KEY)
  const right = await stored(backend, key)
  const ofBob = await stored(backend, entryKey('people', bytes('bob')))
  for (const wrong of [ofBob, right.subarray(1), right.subarray(0, -1), right.subarray(0, 3), bytes('')]) {
    await replace(backend, key, wrong)
    await assertRefused(await createStore({ backend, crypto: nodeCrypto }), /the entry 616c696365/)
  }
})

test('notices a changed label and names it', async () => {
  const { backend, store } = await written()
  const wrong = await stored(backend, labelKey('head'))
  wrong[8]! ^= 4
  await replace(backend, labelKey('head'), wrong)
  const refusal = { code: 'CORRUPT', message: /the label "head"/ }
  const again = await createStore({ backend, crypto: nodeCrypto })
  using snapshot = again.snapshot()
  await assert.rejects(snapshot.getLabel('head'), refusal)
  await assert.rejects(all(snapshot.labels()), refusal)
  await assert.rejects(
    again.transact((transaction) => transaction.setLabel('head', undefined, undefined)),
    refusal,
  )
  await store.close()
})

test('keeps the version plain, and gives back what it sealed', () => {
  assert.deepEqual(sealValue(VERSION_KEY, bytes('v')), bytes('v'))
  const sealed = sealValue(HEAD_KEY, bytes('v'))
  assert.equal(sealed.length, 5)
  assert.deepEqual(openValue(HEAD_KEY, sealed), bytes('v'))
})
