/** How transactions end: in conflict, too large, against a store that is closed, beside readers and wrong clocks. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMemoryBackend } from '../backend-memory.ts'
import { createStore } from '../store.ts'
import { nodeCrypto } from './node-crypto.ts'
import type { Backend, Store, Transaction } from '../interface.ts'

const open = (backend: Backend = createMemoryBackend()) => createStore({ backend, crypto: nodeCrypto })
const octets = (text: string) => new TextEncoder().encode(text)
const put = (store: Store, key: string) =>
  store.transact((transaction) => transaction.put('s', octets(key), octets('v')))

test('a conflict names the entry, the entry of a scan, or the label that was changed', async () => {
  const store = await open()
  const once = (read: (transaction: Transaction) => Promise<unknown>, write: () => Promise<unknown>) =>
    store.transact(
      async (transaction) => {
        await read(transaction)
        transaction.put('mine', octets('k'), octets('v'))
        await write()
      },
      { retries: 0 },
    )
  const at = (space?: string, key?: string, label?: string) => ({
    code: 'CONFLICT',
    space,
    key: key === undefined ? undefined : octets(key),
    label,
  })
  await assert.rejects(
    once(
      (transaction) => transaction.get('s', octets('a')),
      () => put(store, 'a'),
    ),
    at('s', 'a'),
  )
  const scan = async (transaction: Transaction) => {
    for await (const _ of transaction.range('s')) continue
  }
  await assert.rejects(
    once(scan, () => put(store, 'b')),
    at('s', 'b'),
  )
  const move = () =>
    store.transact(async (transaction) => {
      const cid = transaction.putBlock(octets('x'))
      await transaction.setLabel('l', undefined, cid)
    })
  await assert.rejects(
    once((transaction) => transaction.getLabel('l'), move),
    at(undefined, undefined, 'l'),
  )
  await assert.rejects(move(), at(undefined, undefined, 'l'))
  await store.close()
})

test('a transaction that is too large is LIMIT, and the store goes on', async () => {
  const store = await open()
  const many = (transaction: Transaction) => {
    for (let index = 0; index < 65_537; index++) transaction.put('s', octets(String(index)), octets(''))
  }
  await assert.rejects(store.transact(many), { code: 'LIMIT' })
  const big = (transaction: Transaction) => {
    for (let index = 0; index < 65; index++)
      transaction.put('s', octets(String(index)), new Uint8Array(1024 * 1024))
  }
  await assert.rejects(store.transact(big), { code: 'LIMIT' })
  await put(store, 'a')
  using now = store.snapshot()
  assert.equal(await now.get('s', octets('1')), undefined)
  await store.close()
})

test('closing twice is closing once; what is being committed is finished, what comes later is CLOSED', async () => {
  const backend = createMemoryBackend()
  const store = await open(backend)
  let release = () => {}
  const held = new Promise<void>((resolve) => (release = resolve))
  const batch = backend.batch.bind(backend)
  backend.batch = async (writes, options) => {
    await held
    await batch(writes, options)
    order.push('written')
  }
  const order: string[] = []
  let begin = () => {}
  const working = new Promise<void>((resolve) => (begin = resolve))
  const committing = put(store, 'a').then(() => order.push('committed'))
  const late = store.transact(async (transaction) => {
    begin()
    await held
    transaction.put('s', octets('late'), octets('v'))
  })
  await working
  const snapshot = store.snapshot()
  const closing = store.close().then(() => order.push('closed'))
  const again = store.close()
  const refused = assert.rejects(late, { code: 'CLOSED' })
  await assert.rejects(put(store, 'b'), { code: 'CLOSED' })
  await assert.rejects(store.committed('0'.repeat(32)), { code: 'CLOSED' })
  await assert.rejects(store.verify(), { code: 'CLOSED' })
  await assert.rejects(snapshot.get('s', octets('a')), { code: 'CLOSED' })
  assert.throws(() => store.snapshot(), { code: 'CLOSED' })
  release()
  await Promise.all([committing, closing, again, refused])
  assert.deepEqual(order, ['written', 'committed', 'closed'])
  await store.close()
  snapshot.close()
  snapshot.close()
})

test('a transaction that is over can do nothing more', async () => {
  const store = await open()
  const kept = await store.transact((transaction) => transaction)
  assert.throws(() => kept.put('s', octets('a'), octets('v')), { code: 'CLOSED' })
  await assert.rejects(kept.get('s', octets('a')), { code: 'CLOSED' })
  await assert.rejects(kept.setLabel('l', undefined, undefined), { code: 'CLOSED' })
  await store.close()
})

/** `PROMISEGRID_WRITES=1000000 npm test -- promisebase/test/transaction-end` for as many. */
const WRITES = Number(process.env['PROMISEGRID_WRITES'] ?? 20_000)

test('a scan that is open while everything is written anew sees one state, and nothing of it is kept', async () => {
  const store = await open()
  const key = (index: number) => octets(String(index).padStart(4, '0'))
  const fill = (round: number) =>
    store.transact(
      (transaction) => {
        for (let index = 0; index < 1_000; index++) transaction.put('s', key(index), octets(String(round)))
        transaction.put('s', octets(`new${round % 7}`), octets('v'))
        transaction.delete('s', octets(`new${(round + 3) % 7}`))
      },
      { durable: false },
    )
  await fill(0)
  const snapshot = store.snapshot()
  const values = new Map<string, number>()
  let round = 0
  for await (const { value } of snapshot.range('s')) {
    const text = new TextDecoder().decode(value)
    values.set(text, (values.get(text) ?? 0) + 1)
    if (values.get('0')! % 50 === 0 && ++round * 1_000 <= WRITES) await fill(round)
  }
  while (++round * 1_000 <= WRITES) await fill(round)
  assert.deepEqual(
    [...values],
    [
      ['0', 1_000],
      ['v', 1],
    ],
  )
  assert.deepEqual(await snapshot.get('s', key(7)), octets('0'))
  snapshot.close()
  await store.close()
})

test('no clock has a part in the order of commits', async (t) => {
  const now = Date.now
  t.after(() => (Date.now = now))
  const backend = createMemoryBackend()
  const store = await open(backend)
  const changes = store.changes()
  for (const days of [10, -10, 0]) {
    Date.now = () => now() + days * 86_400_000
    await put(store, `day ${days}`)
  }
  const order = []
  for (let index = 0; index < 3; index++) {
    const change = (await changes.next()).value
    order.push(
      change?.kind === 'commit' && [change.sequence, new TextDecoder().decode(change.entries[0]?.key)],
    )
  }
  assert.deepEqual(order, [
    [1, 'day 10'],
    [2, 'day -10'],
    [3, 'day 0'],
  ])
  assert.equal((await store.verify()).damaged, 0)
  await store.close()
})

test('keys of no octets, with separators, and too long ones reach no other space', async () => {
  const store = await open()
  const keys = ['', '\0', '\u0001', ' s', '#', '\0\u0001s']
  await store.transact((transaction) => {
    for (const key of keys) {
      transaction.put('s', octets(key), octets('mine'))
      transaction.put('s\0', octets(key), octets('other'))
      transaction.put(`s${key}x`, octets(''), octets('other'))
    }
    assert.throws(() => transaction.put('s', new Uint8Array(64 * 1024), octets('')), { code: 'LIMIT' })
    assert.throws(() => transaction.put('', octets('k'), octets('')), { code: 'LIMIT' })
  })
  using now = store.snapshot()
  const found = []
  for await (const { key, value } of now.range('s'))
    found.push([new TextDecoder().decode(key), String(value)])
  assert.deepEqual(
    found.map(([key]) => key),
    keys.toSorted(),
  )
  assert.deepEqual(new Set(found.map(([, value]) => value)), new Set([String(octets('mine'))]))
  await assert.rejects(now.get('s', new Uint8Array(64 * 1024)), { code: 'LIMIT' })
  await store.close()
})

test('eight writers who append to the same lists lose nothing, and every list is in one order', async () => {
  const store = await open()
  const lists = ['x', 'y', 'z']
  const read = async (transaction: Pick<Transaction, 'get'>, list: string) =>
    new TextDecoder()
      .decode(await transaction.get('lists', octets(list)))
      .split(' ')
      .filter(Boolean)
  const writer = async (name: number) => {
    for (let round = 0; round < 12; round++)
      await store.transact(
        async (transaction) => {
          for (const list of lists.filter((_, index) => index !== (name + round) % 3)) {
            const now = await read(transaction, list)
            transaction.put('lists', octets(list), octets([...now, `${name}.${round}`].join(' ')))
          }
        },
        { retries: 999 },
      )
  }
  await Promise.all(Array.from({ length: 8 }, (_, name) => writer(name)))
  using now = store.snapshot()
  const orders = await Promise.all(lists.map((list) => read(now, list)))
  assert.deepEqual(
    orders.map(({ length }) => length),
    [64, 64, 64],
  )
  for (const [a, b] of [
    [0, 1],
    [0, 2],
    [1, 2],
  ] as const) {
    const both = orders[a]!.filter((item) => orders[b]!.includes(item))
    assert.deepEqual(
      both,
      orders[b]!.filter((item) => orders[a]!.includes(item)),
      'two lists disagree about who was first',
    )
  }
  assert.ok(orders.every((order) => new Set(order).size === order.length))
  await store.close()
})

test('a commit that cannot be hashed for want of memory ends, and the store is not written any more', async () => {
  let hasMemory = true
  const sha256 = (bytes: Uint8Array) => {
    if (!hasMemory) throw new RangeError('Array buffer allocation failed')
    return nodeCrypto.sha256(bytes)
  }
  const store = await createStore({ backend: createMemoryBackend(), crypto: { ...nodeCrypto, sha256 } })
  await put(store, 'before')
  hasMemory = false
  await assert.rejects(put(store, 'lost'), { code: 'INDETERMINATE' })
  hasMemory = true
  await assert.rejects(put(store, 'later'), { code: 'IO' })
  using snapshot = store.snapshot()
  assert.deepEqual(await snapshot.get('s', octets('before')), octets('v'))
  assert.equal(await snapshot.get('s', octets('lost')), undefined)
  await store.close()
})
