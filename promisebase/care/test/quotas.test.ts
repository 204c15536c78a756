import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../../../conformance/test/laws.ts'
import { createMemoryBackend } from '../../backend-memory.ts'
import { entryKey } from '../../keys.ts'
import { createStore } from '../../store.ts'
import { nodeCrypto } from '../../test/node-crypto.ts'
import { quotas, removeQuota, setQuota, wrongQuotas } from '../quotas.ts'
import { verifyGraph } from '../verify-graph.ts'
import { sealValue } from '../../sealed.ts'
import type { Backend, Store } from '../../interface.ts'

const utf8 = (text: string) => new TextEncoder().encode(text)
const openStore = (backend: Backend = createMemoryBackend()) => createStore({ backend, crypto: nodeCrypto })

const put = (store: Store, key: string, value: string, space = 'tides') =>
  store.transact((transaction) => transaction.put(space, utf8(key), utf8(value)))
const remove = (store: Store, key: string) =>
  store.transact((transaction) => transaction.delete('tides', utf8(key)))

async function held(store: Store) {
  using snapshot = store.snapshot()
  assert.deepEqual(await wrongQuotas(snapshot), [])
  const found = []
  for await (const { space, entries, bytes } of quotas(snapshot)) found.push([space, entries, bytes])
  return found
}

const full = { name: 'StoreError', code: 'QUOTA' }

test('holds a space to its bounds, in entries and in bytes, and no other space', async () => {
  const store = await openStore()
  await put(store, 'a', '12')
  assert.deepEqual(await setQuota(store, 'tides', { entriesMax: 2, bytesMax: 9 }), {
    space: 'tides',
    entries: 1,
    bytes: 3,
    entriesMax: 2,
    bytesMax: 9,
  })
  await put(store, 'b', '12345')
  assert.deepEqual(await held(store), [['tides', 2, 9]])
  await assert.rejects(put(store, 'c', ''), full)
  await assert.rejects(put(store, 'b', '123456'), full)
  await put(store, 'c', 'as long as one likes', 'moons')
  await put(store, 'b', '54321')
  await put(store, 'b', '1')
  await remove(store, 'a')
  await remove(store, 'never there')
  assert.deepEqual(await held(store), [['tides', 1, 2]])
})

test('refuses a transaction as a whole, and lets one that makes room first go through', async () => {
  const store = await openStore()
  await setQuota(store, 'tides', { entriesMax: 1 })
  await put(store, 'a', '')
  const both = store.transact((transaction) => {
    transaction.put('tides', utf8('b'), utf8(''))
    transaction.put('moons', utf8('b'), utf8(''))
  })
  await assert.rejects(both, full)
  using snapshot = store.snapshot()
  assert.equal(await snapshot.get('moons', utf8('b')), undefined)
  await store.transact((transaction) => {
    transaction.put('tides', utf8('b'), utf8(''))
    transaction.delete('tides', utf8('a'))
  })
  assert.deepEqual(await held(store), [['tides', 1, 1]])
})

test('a space above a new bound only shrinks, and grows again when the bound is gone', async () => {
  const store = await openStore()
  await put(store, 'a', '123')
  await put(store, 'b', '123')
  await setQuota(store, 'tides', { bytesMax: 1 })
  await assert.rejects(put(store, 'a', '1234'), full)
  await put(store, 'a', '12')
  await remove(store, 'b')
  assert.deepEqual(await held(store), [['tides', 1, 3]])
  assert.deepEqual([await removeQuota(store, 'tides'), await removeQuota(store, 'tides')], [true, false])
  await put(store, 'c', '1234')
  assert.deepEqual(await held(store), [])
})

test('counts on when the store is opened again', async () => {
  const backend = createMemoryBackend()
  const store = await openStore(backend)
  await setQuota(store, 'tides', { entriesMax: 2 })
  await put(store, 'a', '1')
  const again = await openStore(backend)
  await put(again, 'b', '1')
  await assert.rejects(put(again, 'c', '1'), full)
  assert.deepEqual(await held(again), [['tides', 2, 4]])
})

test('admits exactly as many as there is room for when all come at once', async () => {
  const store = await openStore()
  await setQuota(store, 'tides', { entriesMax: 10 })
  const all = await Promise.allSettled(Array.from({ length: 40 }, (_, i) => put(store, `key ${i}`, 'x')))
  assert.equal(all.filter(({ status }) => status === 'fulfilled').length, 10)
  for (const end of all)
    if (end.status === 'rejected') assert.equal((end.reason as { code: string }).code, 'QUOTA')
  assert.deepEqual((await held(store))[0]?.[1], 10)
})

test('counts an entry once when many write it at once', async () => {
  const store = await openStore()
  await setQuota(store, 'tides', { entriesMax: 10 })
  await Promise.all(Array.from({ length: 5 }, (_, i) => put(store, 'a', 'x'.repeat(i))))
  assert.equal((await held(store))[0]?.[1], 1)
})

test('what was begun before a space had a quota is counted too', async () => {
  const store = await openStore()
  let bounded = false
  await store.transact(async (transaction) => {
    transaction.put('tides', utf8('a'), utf8('1'))
    if (!bounded) await setQuota(store, 'tides', { entriesMax: 1 })
    bounded = true
  })
  assert.deepEqual(await held(store), [['tides', 1, 2]])
})

test('counts are what spaces hold, whatever is written, deleted, bounded and freed at the same time', async () => {
  const step = fc.record({
    do: fc.constantFrom('put', 'put', 'put', 'delete', 'bound', 'free'),
    key: fc.constantFrom('a', 'b', 'c', 'd'),
    size: fc.nat(8),
  })
  const run = async (store: Store, { do: what, key, size }: { do: string; key: string; size: number }) => {
    try {
      if (what === 'put') await put(store, key, 'x'.repeat(size))
      else if (what === 'delete') await remove(store, key)
      else if (what === 'bound') await setQuota(store, 'tides', { bytesMax: 4 * size })
      else await removeQuota(store, 'tides')
    } catch (error) {
      const { code } = error as { code?: string }
      // Who counts a whole space gives up in the end when others never stop writing to it.
      if (code !== 'QUOTA' && !(code === 'CONFLICT' && what === 'bound')) throw error
    }
  }
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(step, { maxLength: 6 }), { maxLength: 6 }), async (workers) => {
      const store = await openStore()
      await Promise.all(
        workers.map(async (steps) => {
          for (const step of steps) await run(store, step)
        }),
      )
      await held(store)
    }),
  )
})

test('a count that is wrong on the disk is found', async () => {
  const backend = createMemoryBackend()
  const store = await openStore(backend)
  await setQuota(store, 'tides', { entriesMax: 2 })
  const key = entryKey('tides', utf8('a'))
  const slipped = { type: 'put', key, value: sealValue(key, utf8('slipped in')) } as const
  await backend.batch([slipped], { durable: false })
  const report = await verifyGraph(await openStore(backend))
  assert.deepEqual([report.isWhole, report.wrongQuotas], [false, ['tides']])
})

test('throws for bounds that are none', async () => {
  const store = await openStore()
  for (const bounds of [{}, { entriesMax: -1 }, { bytesMax: 1.5 }])
    await assert.rejects(setQuota(store, 'tides', bounds), RangeError)
  await assert.rejects(setQuota(store, '.quotas', { entriesMax: 1 }), RangeError)
})
