/** Several stores over one shared backend, each as if it were a process of its own. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fc } from '../../conformance/test/laws.ts'
import { backendSuite, storeSuite } from 'promisegrid/conformance'
import { StoreError } from '../errors.ts'
import { createStore } from '../store.ts'
import { nodeCrypto } from './node-crypto.ts'
import { assertSerial, plan, run } from './serial.ts'
import { SharedMemory } from '../../conformance/test/shared-memory.ts'
import type { Store } from '../interface.ts'
import type { Plan } from './serial.ts'
import type { Faults } from '../../conformance/test/shared-memory.ts'

const KEY = Uint8Array.of(1)

describe('shared memory backend', () =>
  backendSuite({ test, factory: async () => ({ backend: new SharedMemory().open() }) }))

describe('store on shared memory', () =>
  storeSuite({
    test,
    factory: async () => {
      const memory = new SharedMemory()
      const openStore = () => createStore({ backend: memory.open(), crypto: nodeCrypto })
      return { store: await openStore(), reopen: openStore }
    },
  }))

/** Runs each plan in one of two stores at the same time, and judges what they saw. */
async function race(plans: readonly Plan[], faults: Faults): Promise<void> {
  const memory = new SharedMemory()
  const stores = await openBoth(memory, faults)
  const ends = await Promise.all(plans.map((plan, number) => run(stores[number % 2]!, number, plan)))
  await assertSerial(
    stores[0]!,
    ends.filter((end) => end !== undefined),
  )
}

async function openBoth(memory: SharedMemory, faults: Faults = {}): Promise<Store[]> {
  const open = () => createStore({ backend: memory.open(faults), crypto: nodeCrypto })
  return Promise.all([open(), open()])
}

const plans = fc.array(plan, { minLength: 2, maxLength: 14 })

test('what two stores do at the same time could have been done one after another', async () => {
  await fc.assert(
    fc.asyncProperty(plans, (plans) => race(plans, {})),
    { numRuns: 100 },
  )
})

test('so it is where it is not always known what the other has written', async () => {
  let turns = 0
  const forgetful = () => ++turns % 3 === 0
  await fc.assert(
    fc.asyncProperty(plans, (plans) => race(plans, { forgetful })),
    { numRuns: 200 },
  )
})

test('two stores that hear nothing of each other are found out', async () => {
  const property = fc.asyncProperty(plans, (plans) => race(plans, { deaf: true }))
  const { failed } = await fc.check(property, { numRuns: 100, seed: 1 })
  assert.equal(failed, true)
})

test('a new snapshot shows what the other store has committed', async () => {
  const [alice, bob] = (await openBoth(new SharedMemory())) as [Store, Store]
  for (let round = 0; round < 3; round++) {
    await alice.transact((transaction) => transaction.put('s', KEY, Uint8Array.of(round)))
    using snapshot = bob.snapshot()
    assert.deepEqual(await snapshot.get('s', KEY), Uint8Array.of(round))
  }
})

test('a transaction runs once when what it read is the newest, whoever wrote it', async () => {
  const [alice, bob] = (await openBoth(new SharedMemory())) as [Store, Store]
  await bob.transact((transaction) => transaction.put('s', KEY, KEY))
  for (let round = 0; round < 3; round++) {
    await alice.transact((transaction) => transaction.put('s', KEY, Uint8Array.of(round)))
    let runs = 0
    await bob.transact(async (transaction) => {
      runs++
      transaction.put('t', KEY, (await transaction.get('s', KEY))!)
    })
    assert.equal(runs, 1)
  }
})

test('a transaction runs again when the other store has changed what it read', async () => {
  const [alice, bob] = (await openBoth(new SharedMemory())) as [Store, Store]
  const seen: (number | undefined)[] = []
  await bob.transact(async (transaction) => {
    seen.push((await transaction.get('s', KEY))?.[0])
    if (seen.length === 1) await alice.transact((other) => other.put('s', KEY, Uint8Array.of(7)))
    transaction.put('t', KEY, KEY)
  })
  assert.deepEqual(seen, [undefined, 7])
})

test('the chain of commits of several stores is whole', async () => {
  const memory = new SharedMemory()
  const stores = await openBoth(memory)
  for (let round = 0; round < 6; round++)
    await stores[round % 2]!.transact((transaction) => transaction.put('s', Uint8Array.of(round), KEY))
  await createStore({ backend: memory.open(), crypto: nodeCrypto })
})

for (const written of [false, true]) {
  test(`a store goes on after a commit that nobody answered, ${written ? '' : 'not '}written`, async () => {
    const memory = new SharedMemory()
    let failing = false
    const error = new StoreError('INDETERMINATE')
    const failure = () => (failing ? { error, written } : undefined)
    const store = await createStore({ backend: memory.open({ failure }), crypto: nodeCrypto })
    const add = async (ids: string[]) =>
      store.transact(async (transaction) => {
        ids.push(transaction.id)
        const before = (await transaction.get('s', KEY))?.[0] ?? 0
        transaction.put('s', KEY, Uint8Array.of(before + 1))
      })
    await add([])
    failing = true
    const ids: string[] = []
    await assert.rejects(add(ids), { code: 'INDETERMINATE' })
    failing = false
    assert.equal(await store.committed(ids[0]!), written)
    await add([])
    using snapshot = store.snapshot()
    assert.deepEqual(await snapshot.get('s', KEY), Uint8Array.of(written ? 3 : 2))
  })
}
