import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { createMemoryBackend } from '../backend-memory.ts'
import { crc32c } from '../crc32c.ts'
import { HEAD_KEY, MIGRATION_KEY, recordKey, VERSION_KEY } from '../keys.ts'
import { openLevelBackend } from '../level/index.ts'
import { migrate } from '../migrations/migrate.ts'
import { createStore } from '../store.ts'
import { nodeCrypto } from './node-crypto.ts'
import { temporaryFolder } from './temporary-folder.ts'
import type { Backend, BackendWrite, Store } from '../interface.ts'

const { keys, transactions } = JSON.parse(
  readFileSync(new URL('version-1.json', import.meta.url), 'utf8'),
) as { keys: [string, string][]; transactions: string[] }

const bytes = (text: string) => new TextEncoder().encode(text)
const hex = (octets: Uint8Array) => Buffer.from(octets).toString('hex')
const fromHex = (text: string) => new Uint8Array(Buffer.from(text, 'hex'))

const oldWrites: readonly BackendWrite[] = keys.map(([key, value]) => ({
  type: 'put',
  key: fromHex(key),
  value: fromHex(value),
}))

async function versionOne(backend: Backend = createMemoryBackend()): Promise<Backend> {
  await backend.batch(oldWrites, { durable: true })
  return backend
}

const open = (backend: Backend) => createStore({ backend, crypto: nodeCrypto })

async function dump(backend: Backend): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  const snapshot = backend.snapshot()
  for await (const [key, value] of snapshot.range({})) found.set(hex(key), hex(value))
  snapshot.close()
  return found
}

/** A backend that is killed at its n-th batch: this one and all behind it are not written. */
function killedAt(backend: Backend, batch: number): Backend & { batches: number } {
  return {
    name: 'killed',
    batches: 0,
    snapshot: () => backend.snapshot(),
    async batch(writes, options) {
      if (this.batches++ >= batch) throw new Error('killed')
      await backend.batch(writes, options)
    },
    close: () => backend.close(),
  }
}

/** Batches of one entry, so that there are many moments to be killed at. */
const SMALL = { batchEntries: 1 }

async function assertContent(store: Store): Promise<void> {
  using snapshot = store.snapshot()
  for (let i = 0; i < 12; i++) {
    const value = await snapshot.get('people', bytes(`alice ${i}`))
    assert.deepEqual(value, i === 3 ? undefined : bytes(`value ${i}`))
    assert.deepEqual(await snapshot.get('numbers', Uint8Array.of(i, 255)), new Uint8Array(i))
  }
  assert.deepEqual(await snapshot.getBlock((await snapshot.getLabel('head'))!), bytes('block 11'))
  assert.deepEqual(await snapshot.getBlock((await snapshot.getLabel('bücher'))!), bytes('block 4'))
  for (const id of transactions) assert.equal(await store.committed(id), true)
}

test('opens a store of version 1 and finds all that was in it', async () => {
  const backend = await versionOne()
  const store = await open(backend)
  await assertContent(store)
  await store.transact((transaction) => transaction.put('people', bytes('bob'), bytes('new')))
  await assertContent(await open(backend))
})

test('gives each value of version 1 the checksum of its key and value, and leaves the blocks', async () => {
  const backend = await versionOne()
  await migrate(backend)
  const now = await dump(backend)
  assert.equal(now.get('00'), hex(bytes('promisebase 2')))
  for (const [key, value] of keys.slice(1)) {
    const checksum = crc32c(fromHex(key + value))
      .toString(16)
      .padStart(8, '0')
    assert.equal(now.get(key), key.startsWith('10') ? value : value + checksum)
  }
  assert.equal(now.size, keys.length)
})

test('changes nothing when it is opened once more', async () => {
  const backend = await versionOne()
  await open(backend)
  const before = await dump(backend)
  const watched = killedAt(backend, 0)
  await open(watched)
  assert.equal(watched.batches, 0)
  assert.deepEqual(await dump(backend), before)
})

test('goes on where it was killed, at whichever batch', async () => {
  const expected = await versionOne()
  await migrate(expected)
  const whole = await dump(expected)
  for (let batch = 0; batch < 52; batch += batch < 4 ? 1 : 7) {
    const backend = await versionOne()
    await assert.rejects(migrate(killedAt(backend, batch), SMALL), /killed/)
    const between = await dump(backend)
    assert.equal(between.get('00'), hex(bytes(batch === 0 ? 'promisebase 1' : 'promisebase 1 to 2')))
    // Killed once more, a few batches on.
    await assert.rejects(migrate(killedAt(backend, 2), SMALL), /killed/)
    const store = await open(backend)
    await assertContent(store)
    assert.deepEqual(await dump(backend), whole)
  }
})

test('is refused by a program of version 1 as soon as anything is changed', async () => {
  const backend = await versionOne()
  await assert.rejects(migrate(killedAt(backend, 1), SMALL), /killed/)
  const found = await dump(backend)
  assert.notEqual(found.get('00'), keys[0]![1])
  assert.ok(found.has(hex(MIGRATION_KEY)))
})

test('refuses to seal a version 1 in which a commit is missing, and leaves it as it is', async () => {
  for (const key of [HEAD_KEY, recordKey(5), fromHex(`03${transactions[2]}`)]) {
    const backend = await versionOne()
    await backend.batch([{ type: 'delete', key }], { durable: true })
    const before = await dump(backend)
    await assert.rejects(open(backend), { name: 'StoreError', code: 'CORRUPT' })
    assert.deepEqual(await dump(backend), before)
  }
})

test('refuses a mark of a migration that was changed', async () => {
  const backend = await versionOne()
  await assert.rejects(migrate(killedAt(backend, 5), SMALL), /killed/)
  const mark = fromHex((await dump(backend)).get(hex(MIGRATION_KEY))!)
  mark[0]! ^= 1
  await backend.batch([{ type: 'put', key: MIGRATION_KEY, value: mark }], { durable: true })
  await assert.rejects(open(backend), { code: 'CORRUPT', message: /the mark of a migration/ })
})

test('refuses a newer version with both versions in the text, and leaves it as it is', async () => {
  for (const text of ['promisebase 3', 'promisebase 2 to 3', 'promisebase 10']) {
    const backend = await versionOne()
    await backend.batch([{ type: 'put', key: VERSION_KEY, value: bytes(text) }], { durable: true })
    const before = await dump(backend)
    await assert.rejects(open(backend), {
      code: 'VERSION',
      message: new RegExp(`"${text}".*promisebase 1, promisebase 2$`),
    })
    assert.deepEqual(await dump(backend), before)
  }
})

test('runs steps one after the other, whatever they are', async () => {
  const key = Uint8Array.of(0x40)
  const backend = createMemoryBackend()
  await backend.batch(
    [
      { type: 'put', key: VERSION_KEY, value: bytes('fruit 1') },
      { type: 'put', key, value: bytes('a') },
    ],
    { durable: true },
  )
  const step = (from: number) => ({
    from: `fruit ${from}`,
    to: `fruit ${from + 1}`,
    bounds: [{ gte: key, lt: Uint8Array.of(0x41) }],
    verify: async () => undefined,
    rewrite: (_key: Uint8Array, stored: Uint8Array) => Uint8Array.of(...stored, 0x30 + from),
  })
  await migrate(backend, { migrations: [step(1), step(2), step(3)] })
  assert.deepEqual(
    await dump(backend),
    new Map([
      ['00', hex(bytes('fruit 4'))],
      ['40', hex(bytes('a123'))],
    ]),
  )
})

test('migrates a store on disk', async () => {
  const { path, remove } = await temporaryFolder()
  const folder = join(path, 'store')
  const old = await versionOne(await openLevelBackend(folder))
  await old.close()
  for (let round = 0; round < 2; round++) {
    const store = await open(await openLevelBackend(folder))
    await assertContent(store)
    await store.close()
  }
  await remove()
})
