import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMemoryBackend } from '../../backend-memory.ts'
import { createStore } from '../../store.ts'
import { nodeCrypto } from '../../test/node-crypto.ts'
import type { LabelMove, Store } from '../../interface.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

async function move(store: Store, name: string, to: string | undefined, by?: string) {
  return store.transact(
    async (transaction) => {
      const next = to === undefined ? undefined : transaction.putBlock(bytes(to))
      await transaction.setLabel(name, await transaction.getLabel(name), next)
      return next
    },
    by === undefined ? {} : { by },
  )
}

async function movesOf(store: Store, name: string, limit?: number): Promise<LabelMove[]> {
  const moves: LabelMove[] = []
  for await (const move of store.labelHistory(name, limit === undefined ? {} : { limit })) moves.push(move)
  return moves
}

test('tells who moved a label, from where to where and in which commit, the newest first', async () => {
  const store = await createStore({
    backend: createMemoryBackend(),
    crypto: nodeCrypto,
    labelHistory: (name) => (name.startsWith('kept') ? 3 : 0),
  })
  const one = await move(store, 'kept', 'one', 'alice')
  await move(store, 'kept2', 'other', 'mallory')
  const two = await move(store, 'kept', 'two')
  await move(store, 'kept', undefined, 'bob')
  const moves = await movesOf(store, 'kept')
  assert.deepEqual(
    moves.map(({ by, from, to, sequence }) => [by, from?.toString(), to?.toString(), sequence]),
    [
      ['bob', String(two), undefined, 4],
      [undefined, String(one), String(two), 3],
      ['alice', undefined, String(one), 1],
    ],
  )
  assert.equal(await store.committed(moves[0]!.transaction), true)
  await move(store, 'kept', 'three')
  assert.deepEqual(
    (await movesOf(store, 'kept')).map(({ sequence }) => sequence),
    [5, 4, 3],
    'three are kept',
  )
  assert.deepEqual(
    (await movesOf(store, 'kept', 1)).map(({ sequence }) => sequence),
    [5],
  )
  await move(store, 'else', 'one')
  assert.deepEqual(await movesOf(store, 'else'), [])
  await store.close()
  await assert.rejects(movesOf(store, 'kept'), { code: 'CLOSED' })
})

test('a move that did not happen is not told, and a store without history writes none', async () => {
  const store = await createStore({
    backend: createMemoryBackend(),
    crypto: nodeCrypto,
    labelHistory: () => 9,
  })
  const one = await move(store, 'l', 'one')
  await assert.rejects(
    store.transact((transaction) => transaction.setLabel('l', undefined, one)),
    { code: 'CONFLICT', label: 'l' },
  )
  assert.equal((await movesOf(store, 'l')).length, 1)
  await store.close()
  const plain = await createStore({ backend: createMemoryBackend(), crypto: nodeCrypto })
  await move(plain, 'l', 'one')
  assert.deepEqual(await movesOf(plain, 'l'), [])
  assert.equal((await plain.verify()).entries, 0)
  await plain.close()
})
