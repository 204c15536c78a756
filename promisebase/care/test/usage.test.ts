import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMemoryBackend } from '../../backend-memory.ts'
import { createStore } from '../../store.ts'
import { nodeCrypto } from '../../test/node-crypto.ts'
import { usage } from '../usage.ts'

const utf8 = (text: string) => new TextEncoder().encode(text)

async function storeWith(blocks: number) {
  const store = await createStore({ backend: createMemoryBackend(), crypto: nodeCrypto })
  await store.transact(async (transaction) => {
    for (let i = 0; i < blocks; i++) transaction.putBlock(utf8(String(i).padStart(10)))
    await transaction.setLabel('last', undefined, transaction.putBlock(utf8('0123456789')))
  })
  return store
}

test('counts blocks, entries of each space, and labels', async () => {
  const store = await storeWith(2)
  await store.transact((transaction) => {
    transaction.put('tides', utf8('a'), utf8('high'))
    transaction.put('tides', utf8('b'), utf8('low'))
    transaction.put('b\0', new Uint8Array(0), new Uint8Array(0))
  })
  using snapshot = store.snapshot()
  assert.deepEqual(await usage(snapshot), {
    blocks: { count: 3, bytes: 30, isExact: true },
    spaces: [
      { space: 'b\0', entries: 1, bytes: 0 },
      { space: 'tides', entries: 2, bytes: 9 },
    ],
    labels: 1,
    pins: 0,
    commits: 2,
  })
  assert.deepEqual((await usage(snapshot, { estimate: true })).blocks.isExact, true)
})

test('estimates many blocks from a part of them', async () => {
  const store = await storeWith(10_000)
  using snapshot = store.snapshot()
  const { blocks } = await usage(snapshot, { estimate: true })
  assert.equal(blocks.isExact, false)
  assert.ok(Math.abs(blocks.count - 10_001) < 1_500, String(blocks.count))
  assert.equal(Math.abs(blocks.bytes - 10 * blocks.count) <= 10, true)
})

test('an empty store holds nothing', async () => {
  const store = await createStore({ backend: createMemoryBackend(), crypto: nodeCrypto })
  using snapshot = store.snapshot()
  const nothing = {
    blocks: { count: 0, bytes: 0, isExact: true },
    spaces: [],
    labels: 0,
    pins: 0,
    commits: 0,
  }
  assert.deepEqual([await usage(snapshot), await usage(snapshot, { estimate: true })], [nothing, nothing])
})
