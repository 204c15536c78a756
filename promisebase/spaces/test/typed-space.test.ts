import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../../../conformance/test/laws.ts'
import { createMemoryBackend } from '../../backend-memory.ts'
import { createStore } from '../../store.ts'
import { nodeCrypto } from '../../test/node-crypto.ts'
import { rebuildIndexes, verifyIndexes } from '../index-care.ts'
import { KEY } from '../key-codec.ts'
import { createSpace } from '../typed-space.ts'
import { VALUE } from '../value-codec.ts'
import type { Store } from '../../interface.ts'

const open = () => createStore({ backend: createMemoryBackend(), crypto: nodeCrypto })

interface Person {
  readonly age: number
  readonly mail?: string
  readonly tags?: readonly string[]
}

const people = createSpace('people', {
  key: KEY.text,
  value: VALUE.json<Person>(),
  indexes: {
    age: { key: KEY.uint, of: ({ age }) => [age] },
    mail: { key: KEY.text, of: ({ mail }) => (mail === undefined ? [] : [mail]), unique: true },
    tag: { key: KEY.text, of: ({ tags = [] }) => tags },
    place: { key: KEY.tuple(KEY.uint, KEY.text), of: ({ age }, name) => [[age, name.slice(0, 1)] as const] },
  },
})

const fill = (store: Store, entries: Record<string, Person>) =>
  store.transact(async (transaction) => {
    for (const [name, person] of Object.entries(entries)) await people.put(transaction, name, person)
  })

async function keysOf(entries: AsyncIterable<{ readonly key: string }>): Promise<string> {
  const keys: string[] = []
  for await (const { key } of entries) keys.push(key)
  return keys.join()
}

const ALL: Record<string, Person> = {
  alice: { age: 30, mail: 'a@x', tags: ['x', 'y'] },
  bob: { age: 5, mail: 'b@x', tags: ['y'] },
  carol: { age: 30 },
}

test('entries are found by key, by range and by every index', async () => {
  const store = await open()
  await fill(store, ALL)
  using now = store.snapshot()
  assert.deepEqual(await people.get(now, 'bob'), ALL['bob'])
  assert.equal(await people.get(now, 'dave'), undefined)
  assert.equal(await keysOf(people.range(now)), 'alice,bob,carol')
  assert.equal(await keysOf(people.range(now, { gte: 'b', reverse: true })), 'carol,bob')
  assert.equal(await keysOf(people.range(now, { prefix: 'al' })), 'alice')
  assert.equal(await keysOf(people.find(now, 'age', 30)), 'alice,carol')
  assert.equal(await keysOf(people.find(now, 'age', 30, { reverse: true, limit: 1 })), 'carol')
  assert.equal(await keysOf(people.find(now, 'age', 31)), '')
  assert.equal(await keysOf(people.find(now, 'mail', 'a@x')), 'alice')
  assert.equal(await keysOf(people.find(now, 'mail', 'a@')), '')
  assert.equal(await keysOf(people.find(now, 'tag', 'y')), 'alice,bob')
  assert.equal(await keysOf(people.rangeBy(now, 'age')), 'bob,alice,carol')
  assert.equal(await keysOf(people.rangeBy(now, 'age', { lt: 30 })), 'bob')
  assert.equal(await keysOf(people.rangeBy(now, 'mail', { gte: 'b' })), 'bob')
  assert.equal(await keysOf(people.rangeBy(now, 'place', { gte: [30], lt: [30, 'c'] })), 'alice')
  for await (const { index, value } of people.find(now, 'mail', 'b@x'))
    assert.deepEqual([index, value], ['b@x', ALL['bob']])
  await store.close()
})

test('an entry that changes or goes leaves nothing in the indexes', async () => {
  const store = await open()
  await fill(store, ALL)
  await store.transact(async (transaction) => {
    await people.put(transaction, 'alice', { age: 31, mail: 'c@x', tags: ['y'] })
    assert.equal(await people.delete(transaction, 'bob'), true)
    assert.equal(await people.delete(transaction, 'bob'), false)
    assert.equal(await keysOf(people.find(transaction, 'age', 31)), 'alice', 'own writes are read')
    await people.put(transaction, 'carol', { age: 30, mail: 'b@x' })
  })
  using now = store.snapshot()
  assert.equal(await keysOf(people.rangeBy(now, 'age')), 'carol,alice')
  assert.equal(await keysOf(people.rangeBy(now, 'mail')), 'carol,alice')
  assert.equal(await keysOf(people.rangeBy(now, 'tag')), 'alice')
  const report = await verifyIndexes(now, people)
  assert.deepEqual(report, { entries: 2, indexEntries: 7, missing: 0, stray: 0 })
  await store.close()
})

test('refuses a second entry under a unique key, names it, and stages nothing of it', async () => {
  const store = await open()
  await fill(store, ALL)
  await store.transact(async (transaction) => {
    await assert.rejects(people.put(transaction, 'dave', { age: 1, mail: 'a@x' }), {
      code: 'UNIQUE',
      space: 'people',
      key: new TextEncoder().encode('dave'),
    })
    await people.put(transaction, 'alice', { age: 2, mail: 'a@x' })
    await assert.rejects(people.put(transaction, 'x'.repeat(1_020), { age: 1 }), { code: 'LIMIT' })
    const both = ['erin', 'frank'].map((name) => people.put(transaction, name, { age: 9, mail: 'same' }))
    assert.deepEqual(
      (await Promise.allSettled(both)).map(({ status }) => status),
      ['fulfilled', 'rejected'],
    )
  })
  using now = store.snapshot()
  assert.equal(await people.get(now, 'dave'), undefined)
  assert.deepEqual(await verifyIndexes(now, people), { entries: 4, indexEntries: 12, missing: 0, stray: 0 })
  await store.close()
})

test('of two transactions that take a unique key at the same time, one is refused', async () => {
  const store = await open()
  const claims = ['alice', 'bob'].map((name) => fill(store, { [name]: { age: 1, mail: 'same' } }))
  const ends = await Promise.allSettled(claims)
  assert.deepEqual(ends.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
  await store.close()
})

test('a rebuild takes out what is stray, adds what is missing, and says so; two owners of a unique key stop it', async () => {
  const store = await open()
  const octets = (text: string) => new TextEncoder().encode(text)
  await fill(store, ALL)
  await store.transact(async (transaction) => {
    transaction.put('people', octets('dave'), octets('{"age":7,"mail":"d@x"}'))
    transaction.delete('people', octets('carol'))
    transaction.put('people#mail', octets('e@x'), octets('alice'))
    transaction.put('people#age', octets('?'), new Uint8Array(0))
  })
  const look = async () => {
    using now = store.snapshot()
    return await verifyIndexes(now, people)
  }
  const { missing, stray } = await look()
  assert.deepEqual([missing, stray], [3, 4])
  {
    using now = store.snapshot()
    await assert.rejects(keysOf(people.find(now, 'age', 30)), { code: 'CORRUPT', message: /rebuild/ })
  }
  assert.deepEqual(await rebuildIndexes(store, people), { added: 3, removed: 4 })
  assert.deepEqual(await look(), { entries: 3, indexEntries: 12, missing: 0, stray: 0 })
  assert.deepEqual(await rebuildIndexes(store, people), { added: 0, removed: 0 })
  await store.transact((transaction) =>
    transaction.put('people', octets('erin'), octets('{"age":1,"mail":"a@x"}')),
  )
  await assert.rejects(rebuildIndexes(store, people), { code: 'UNIQUE', key: octets('erin') })
  await store.close()
})

test('refuses what is of another type, and names that would run into others', async () => {
  const store = await open()
  await store.transact(async (transaction) => {
    transaction.put('people', Uint8Array.of(97), Uint8Array.of(0xff))
    assert.throws(() => people.put(transaction, 1 as never, { age: 1 }), TypeError)
    await assert.rejects(people.get(transaction, 'a'), { code: 'CORRUPT' })
    assert.throws(() => people.find(transaction, 'none' as never, 1 as never), TypeError)
  })
  const types = { key: KEY.text, value: VALUE.text }
  assert.throws(() => createSpace('a#b', types), TypeError)
  assert.throws(() => createSpace('', types), TypeError)
  const index = { key: KEY.text, of: () => [] }
  assert.throws(() => createSpace('a', { ...types, indexes: { 'b#': index } }), TypeError)
  await store.close()
})

// ------------------------------------------------------------------------------------------------ laws

interface Write {
  readonly name: string
  readonly person: Person | undefined
}

const name = fc.constantFrom('a', 'a\0', 'b', 'c', 'd')
const person: fc.Arbitrary<Person> = fc.record(
  {
    age: fc.nat(2),
    mail: fc.constantFrom('x', 'y', 'z'),
    tags: fc.array(fc.constantFrom('', '\0', 'p'), { maxLength: 2 }),
  },
  { requiredKeys: ['age'], noNullPrototype: true },
)
const write: fc.Arbitrary<Write> = fc.record({ name, person: fc.option(person, { nil: undefined }) })
const rounds = fc.array(fc.array(fc.array(write, { maxLength: 4 }), { maxLength: 4 }), { maxLength: 5 })

/** What a transaction of these writes makes of the model; undefined when a unique key has two owners. */
function applied(
  model: ReadonlyMap<string, Person>,
  writes: readonly Write[],
): Map<string, Person> | undefined {
  const next = new Map(model)
  for (const { name, person } of writes) {
    const owner = [...next].find(([, { mail }]) => mail !== undefined && mail === person?.mail)
    if (owner !== undefined && owner[0] !== name) return undefined
    if (person === undefined) next.delete(name)
    else next.set(name, person)
  }
  return next
}

async function run(store: Store, writes: readonly Write[], order: (readonly Write[])[]): Promise<void> {
  try {
    await store.transact(
      async (transaction) => {
        for (const { name, person } of writes) {
          if (person === undefined) await people.delete(transaction, name)
          else await people.put(transaction, name, person)
          await new Promise((resolve) => setImmediate(resolve))
        }
      },
      { retries: 99 },
    )
    order.push(writes)
  } catch (error) {
    assert.equal((error as { code?: string }).code, 'UNIQUE')
  }
}

test('a typed space and its indexes equal a Map, whatever runs at the same time', async () => {
  await fc.assert(
    fc.asyncProperty(rounds, async (rounds) => {
      const store = await open()
      let model: ReadonlyMap<string, Person> = new Map()
      for (const round of rounds) {
        const order: (readonly Write[])[] = []
        await Promise.all(round.map((writes) => run(store, writes, order)))
        for (const writes of order) {
          const next = applied(model, writes)
          assert.ok(next !== undefined, 'a unique key was given twice')
          model = next
        }
        using now = store.snapshot()
        assert.equal(await keysOf(people.range(now)), [...model.keys()].sort().join())
        for (const [name, person] of model) assert.deepEqual(await people.get(now, name), person)
        for (const age of [0, 1, 2]) {
          const expected = [...model].filter(([, person]) => person.age === age).map(([name]) => name)
          assert.equal(await keysOf(people.find(now, 'age', age)), expected.sort().join())
        }
        for (const mail of ['x', 'y', 'z']) {
          const owner = [...model].find(([, person]) => person.mail === mail)
          assert.equal(await keysOf(people.find(now, 'mail', mail)), owner?.[0] ?? '')
        }
        const { missing, stray } = await verifyIndexes(now, people)
        assert.deepEqual([missing, stray], [0, 0])
      }
      await store.close()
    }),
    { numRuns: 60 },
  )
})
