import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMemoryBackend } from '../../backend-memory.ts'
import { StoreError } from '../../errors.ts'
import { createStore } from '../../store.ts'
import { nodeCrypto } from '../../test/node-crypto.ts'
import type { Backend, Store, StoreChange } from '../../interface.ts'

const open = (backend: Backend = createMemoryBackend()) => createStore({ backend, crypto: nodeCrypto })
const bytes = (text: string) => new TextEncoder().encode(text)

const put = (store: Store, space: string, ...keys: string[]) =>
  store.transact((transaction) => {
    for (const key of keys) transaction.put(space, bytes(key), bytes('v'))
  })

async function take(changes: AsyncIterator<StoreChange>, count: number): Promise<StoreChange[]> {
  const taken: StoreChange[] = []
  while (taken.length < count) {
    const next = await changes.next()
    if (next.done === true) break
    taken.push(next.value)
  }
  return taken
}

const sketch = (change: StoreChange): string =>
  change.kind === 'missed'
    ? `missed ${change.from}-${change.to}`
    : `${change.sequence} ${change.entries.map(({ space, key }) => `${space}/${new TextDecoder().decode(key)}`).join()}`

test('shows what each commit wrote and removed, in the order of the commits', async () => {
  const store = await open()
  const changes = store.changes()
  const cid = await store.transact(async (transaction) => {
    const cid = transaction.putBlock(bytes('hello'))
    await transaction.setLabel('greeting', undefined, cid)
    transaction.put('people', bytes('alice'), bytes('1'))
    return cid
  })
  await store.transact((transaction) => transaction.delete('people', bytes('alice')))
  await store.transact((transaction) => transaction.get('people', bytes('alice')))
  await store.close()
  const [first, second, ...more] = await take(changes, 9)
  assert.deepEqual(more, [], 'a transaction that only read is no commit')
  assert.ok(first?.kind === 'commit' && second?.kind === 'commit')
  assert.deepEqual(first.labels, ['greeting'])
  assert.deepEqual(first.entries, [{ space: 'people', key: bytes('alice') }])
  assert.deepEqual(first.blocks.map(String), [String(cid)])
  assert.equal(sketch(second), '2 people/alice')
})

test('wakes a reader that waits, and a snapshot taken then shows the commit', async () => {
  const store = await open()
  const changes = store.changes()
  const seen = take(changes, 1).then(async () => {
    using now = store.snapshot()
    return now.get('s', bytes('a'))
  })
  await put(store, 's', 'a')
  assert.deepEqual(await seen, bytes('v'))
  await store.close()
})

test('keeps what a slow reader has not taken within a bound, and then says what it missed', async () => {
  const store = await open()
  const changes = store.changes({ keysMax: 4 })
  for (const key of 'abcdef') await put(store, 's', key)
  assert.deepEqual((await take(changes, 5)).map(sketch), ['missed 1-2', '3 s/c', '4 s/d', '5 s/e', '6 s/f'])
  await put(store, 's', ...'abcde')
  assert.deepEqual((await take(changes, 1)).map(sketch), ['missed 7-7'], 'one commit above the bound')
  await put(store, 's', 'z')
  assert.deepEqual((await take(changes, 1)).map(sketch), ['8 s/z'])
  await store.close()
})

test('says which commits were before it, and leaves out those before the wanted one', async () => {
  const store = await open()
  await put(store, 's', 'a')
  await put(store, 's', 'b')
  const [early, late] = [store.changes({ from: 1 }), store.changes({ from: 4 })]
  await put(store, 's', 'c')
  await put(store, 's', 'd')
  assert.deepEqual((await take(early, 3)).map(sketch), ['missed 1-2', '3 s/c', '4 s/d'])
  assert.deepEqual((await take(late, 1)).map(sketch), ['4 s/d'])
  await store.close()
})

test('shows only commits that touch the wanted spaces and labels', async () => {
  const store = await open()
  const changes = store.changes({ spaces: ['b'], labels: ['l'] })
  await put(store, 'a', 'x')
  await put(store, 'b', 'x')
  await put(store, 'b2', 'x')
  await store.transact(async (transaction) => {
    const cid = transaction.putBlock(bytes('hello'))
    await transaction.setLabel('l', undefined, cid)
    await transaction.setLabel('l2', undefined, cid)
  })
  await store.close()
  const sequences = (await take(changes, 9)).map((change) => change.kind === 'commit' && change.sequence)
  assert.deepEqual(sequences, [2, 4])
})

test('ends when the loop is left, the signal aborts or the store is closed', async () => {
  const store = await open()
  const left = store.changes()
  await put(store, 's', 'a')
  for await (const change of left) {
    assert.equal(sketch(change), '1 s/a')
    break
  }
  assert.deepEqual(await left.next(), { done: true, value: undefined })
  const abort = new AbortController()
  const aborted = store.changes({ signal: abort.signal })
  const waiting = aborted.next()
  abort.abort(new Error('enough'))
  await assert.rejects(waiting, /enough/)
  await assert.rejects(aborted.next(), /enough/)
  assert.throws(() => store.changes({ signal: abort.signal }), /enough/)
  const closed = store.changes()
  const last = closed.next()
  await store.close()
  assert.equal((await last).done, true)
  assert.throws(() => store.changes(), { code: 'CLOSED' })
})

test('fails its readers when a write fails, after what was committed before', async () => {
  const backend = createMemoryBackend()
  const store = await open(backend)
  const changes = store.changes()
  await put(store, 's', 'a')
  backend.batch = () => Promise.reject(new StoreError('FULL'))
  await assert.rejects(put(store, 's', 'b'), { code: 'FULL' })
  assert.deepEqual((await take(changes, 1)).map(sketch), ['1 s/a'])
  await assert.rejects(changes.next(), { code: 'IO' })
  assert.throws(() => store.changes(), { code: 'IO' })
  await store.close()
})
