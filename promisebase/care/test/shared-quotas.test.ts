/** Quotas of a store that several processes write to: what each counts, all have counted. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../../../conformance/test/laws.ts'
import { SharedMemory } from '../../../conformance/test/shared-memory.ts'
import { StoreError } from '../../errors.ts'
import { createStore } from '../../store.ts'
import { nodeCrypto } from '../../test/node-crypto.ts'
import { quotas, removeQuota, setQuota, wrongQuotas } from '../quotas.ts'
import type { Store } from '../../interface.ts'
import type { Faults } from '../../../conformance/test/shared-memory.ts'

const utf8 = (text: string) => new TextEncoder().encode(text)
const full = { name: 'StoreError', code: 'QUOTA' }

async function openBoth(faults: Faults = {}): Promise<[alice: Store, bob: Store]> {
  const memory = new SharedMemory()
  const open = () => createStore({ backend: memory.open(faults), crypto: nodeCrypto })
  return [await open(), await open()]
}

const put = (store: Store, key: string, value: string, space = 'tides') =>
  store.transact((transaction) => transaction.put(space, utf8(key), utf8(value)), { retries: 100 })
const remove = (store: Store, key: string) =>
  store.transact((transaction) => transaction.delete('tides', utf8(key)), { retries: 100 })

async function held(store: Store) {
  using snapshot = store.snapshot()
  assert.deepEqual(await wrongQuotas(snapshot), [])
  const found = []
  for await (const { space, entries, bytes } of quotas(snapshot)) found.push([space, entries, bytes])
  return found
}

test('a quota that one sets bounds the others, who had not heard of any', async () => {
  const [alice, bob] = await openBoth()
  await put(bob, 'a', '12')
  await setQuota(alice, 'tides', { entriesMax: 2 })
  await put(bob, 'b', '1')
  await assert.rejects(put(bob, 'c', ''), full)
  await assert.rejects(put(alice, 'c', ''), full)
  assert.deepEqual(await held(alice), [['tides', 2, 5]])
  await remove(bob, 'a')
  await put(alice, 'c', '')
  await assert.rejects(put(bob, 'd', ''), full)
  assert.equal(await removeQuota(bob, 'tides'), true)
  await put(alice, 'd', '')
  assert.deepEqual(await held(bob), [])
})

test('admits exactly as many as there is room for when two stores write at once', async () => {
  const stores = await openBoth()
  await setQuota(stores[0], 'tides', { entriesMax: 10 })
  const all = await Promise.allSettled(
    Array.from({ length: 40 }, (_, i) => put(stores[i % 2]!, `key ${i}`, 'x')),
  )
  assert.equal(all.filter(({ status }) => status === 'fulfilled').length, 10)
  for (const end of all)
    if (end.status === 'rejected') assert.equal((end.reason as { code: string }).code, 'QUOTA')
  assert.equal((await held(stores[1]))[0]?.[1], 10)
})

test('counts an entry once that both write', async () => {
  const [alice, bob] = await openBoth()
  await setQuota(alice, 'tides', { bytesMax: 100 })
  for (const [store, value] of [
    [alice, '1'],
    [bob, '12345'],
    [alice, '123'],
  ] as const)
    await put(store, 'a', value)
  assert.deepEqual(await held(bob), [['tides', 1, 4]])
})

for (const written of [false, true]) {
  test(`counts what is there after a commit that nobody answered, ${written ? '' : 'not '}written`, async () => {
    let isFailing = false
    const failure = () => (isFailing ? { error: new StoreError('INDETERMINATE'), written } : undefined)
    const [alice, bob] = await openBoth({ failure })
    await setQuota(alice, 'tides', { entriesMax: 2 })
    isFailing = true
    await assert.rejects(put(alice, 'a', '1'), { code: 'INDETERMINATE' })
    isFailing = false
    for (const [store, key] of written
      ? ([[bob, 'b']] as const)
      : ([
          [alice, 'b'],
          [bob, 'c'],
        ] as const))
      await put(store, key, '1')
    await assert.rejects(put(alice, 'd', '1'), full)
    assert.deepEqual(await held(alice), [['tides', 2, 4]])
  })
}

const step = fc.record({
  do: fc.constantFrom('put', 'put', 'put', 'delete', 'bound', 'free'),
  key: fc.constantFrom('a', 'b', 'c', 'd'),
  size: fc.nat(8),
  store: fc.nat(1),
})

async function run(store: Store, { do: what, key, size }: { do: string; key: string; size: number }) {
  try {
    if (what === 'put') await put(store, key, 'x'.repeat(size))
    else if (what === 'delete') await remove(store, key)
    else if (what === 'bound') await setQuota(store, 'tides', { bytesMax: 4 * size })
    else await removeQuota(store, 'tides')
  } catch (error) {
    const { code } = error as { code?: string }
    // Who counts a whole space gives up in the end when others never stop writing to it.
    if (code !== 'QUOTA' && !(code === 'CONFLICT' && (what === 'bound' || what === 'free'))) throw error
  }
}

const workers = fc.array(fc.array(step, { maxLength: 6 }), { maxLength: 6 })

const law = (faults: () => Faults) =>
  fc.asyncProperty(workers, async (all) => {
    const stores = await openBoth(faults())
    await Promise.all(
      all.map(async (steps) => {
        for (const each of steps) await run(stores[each.store]!, each)
      }),
    )
    await held(stores[0])
  })

test('counts are what spaces hold, whichever store writes, deletes, bounds and frees', async () => {
  await fc.assert(law(() => ({})))
})

test('they are so where it is not always known what others have written', async () => {
  const everyThird = () => {
    let turns = 0
    return { forgetful: () => ++turns % 3 === 0 }
  }
  await fc.assert(law(everyThird))
})

test('the law above is one that stores break which hear nothing of each other', async () => {
  const { failed } = await fc.check(
    law(() => ({ deaf: true })),
    { numRuns: 300, seed: 3, endOnFailure: true },
  )
  assert.equal(failed, true)
})
