import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { Level } from 'level'
import { backendSuite, storeSuite } from 'promisegrid/conformance'
import { createMemoryBackend } from '../backend-memory.ts'
import { createLevelBackend, openLevelBackend } from '../level/index.ts'
import { createStore } from '../store.ts'
import { nodeCrypto } from './node-crypto.ts'
import { temporaryFolder } from './temporary-folder.ts'
import type { Backend, TransactOptions } from '../interface.ts'

/** The way browsers take: an engine whose own snapshots are not used. */
async function openOverlay(folder: string): Promise<Backend> {
  const db = new Level<Uint8Array, Uint8Array>(folder, { keyEncoding: 'view', valueEncoding: 'view' })
  await db.open()
  return createLevelBackend(db, { name: 'overlay', overlay: true })
}

for (const [name, open] of [
  ['level', openLevelBackend],
  ['level without engine snapshots', openOverlay],
] as const) {
  describe(`${name} backend`, () =>
    backendSuite({
      test,
      factory: async () => {
        const { path, remove } = await temporaryFolder()
        return { backend: await open(join(path, 'store')), dispose: remove }
      },
    }))

  describe(`store on ${name}`, () =>
    storeSuite({
      test,
      factory: async () => {
        const { path, remove } = await temporaryFolder()
        const openStore = async () =>
          createStore({ backend: await open(join(path, 'store')), crypto: nodeCrypto })
        return { store: await openStore(), reopen: openStore, dispose: remove }
      },
    }))
}

test('gives a commit the durability it asks for by name or for short, and says the most there is', async () => {
  const { path, remove } = await temporaryFolder()
  const backend = await openLevelBackend(join(path, 'store'))
  const asked: boolean[] = []
  const told: Backend = {
    name: 'told',
    snapshot: () => backend.snapshot(),
    batch: (writes, options) => {
      asked.push(options.durable)
      return backend.batch(writes, options)
    },
    close: () => backend.close(),
  }
  const store = await createStore({ backend: told, crypto: nodeCrypto })
  asked.length = 0
  const put = (options?: TransactOptions) =>
    store.transact((transaction) => transaction.putBlock(nodeCrypto.random(8)), options)
  await put()
  for (const durability of ['flushed', 'buffered'] as const) await put({ durability })
  for (const durable of [true, false]) await put({ durable })
  await put({ durable: false, durability: 'buffered' })
  assert.deepEqual(asked, [true, true, false, true, false, false])
  for (const wrong of ['volatile', 'disk', true] as unknown as 'flushed'[])
    await assert.rejects(put({ durability: wrong }), TypeError)
  await assert.rejects(put({ durability: 'flushed', durable: false }), TypeError)
  await assert.rejects(put({ durability: 'buffered', durable: true }), TypeError)
  assert.equal(asked.length, 6)
  assert.deepEqual([backend.durability, store.durability], ['flushed', 'flushed'])
  const memory = await createStore({ backend: createMemoryBackend(), crypto: nodeCrypto })
  assert.equal(memory.durability, 'volatile')
  await store.close()
  await remove()
})

test('flushes older logs once before what must survive, after what need not', async () => {
  const { path, remove } = await temporaryFolder()
  const db = new Level<Uint8Array, Uint8Array>(path, { keyEncoding: 'view', valueEncoding: 'view' })
  await db.open()
  const done: string[] = []
  const backend = createLevelBackend(db, {
    name: 'level',
    flushLogs: async () => void done.push(`flushed with ${(await db.keys().all()).length} keys`),
  })
  for (const [number, durable] of [true, false, false, true, true, false].entries()) {
    await backend.batch([{ type: 'put', key: Uint8Array.of(number), value: Uint8Array.of() }], { durable })
    done.push(durable ? 'durable' : 'not')
  }
  assert.deepEqual(done, ['durable', 'not', 'not', 'flushed with 3 keys', 'durable', 'durable', 'not'])
  await backend.close()
  await remove()
})

test('takes a write for failed when the logs before it cannot be flushed', async () => {
  const { path, remove } = await temporaryFolder()
  const db = new Level<Uint8Array, Uint8Array>(path, { keyEncoding: 'view', valueEncoding: 'view' })
  await db.open()
  const backend = createLevelBackend(db, {
    name: 'level',
    flushLogs: () => Promise.reject(Object.assign(new Error('no'), { code: 'EIO' })),
  })
  const write = (durable: boolean) =>
    backend.batch([{ type: 'put', key: Uint8Array.of(1), value: Uint8Array.of() }], { durable })
  await write(false)
  await assert.rejects(write(true))
  await assert.rejects(write(false), { code: 'IO' })
  await backend.close()
  await remove()
})
