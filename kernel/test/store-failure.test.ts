/** A disk that fails: whatever it does, no reply is given that was not committed, and nothing acts twice. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { createMemoryBackend, createStore, StoreError } from '../../promisebase/index.ts'
import { createKernel } from '../index.ts'
import { createTime, foundGrid, people, seededCrypto } from './fixture.ts'
import { watched } from './handlers.ts'
import type { Backend, StoreErrorCode } from '../../promisebase/index.ts'

const { node } = people

/** A backend in memory whose next batches fail: before they are applied, or after. */
function failingBackend(): { backend: Backend; failure: { code?: StoreErrorCode; isApplied: boolean } } {
  const inner = createMemoryBackend()
  const failure: { code?: StoreErrorCode; isApplied: boolean } = { isApplied: false }
  const backend: Backend = {
    name: 'failing',
    snapshot: () => inner.snapshot(),
    batch: async (writes, options) => {
      if (failure.code === undefined || failure.isApplied) await inner.batch(writes, options)
      if (failure.code !== undefined) throw new StoreError(failure.code)
    },
    close: async () => undefined,
  }
  return { backend, failure }
}

async function counting() {
  const watch = watched('counter')
  const { backend, failure } = failingBackend()
  const grid = await foundGrid({ handlers: [watch.handler], backend })
  const protocol = grid.protocol('counter')
  const resource = grid.space('numbers')
  const chain = [grid.grant({ by: node, parent: null, resource })]
  const sent = grid.compose({ protocol, resource, chain, method: 'add' })
  /** What an operator does: the store opened again on the same disk, and a kernel on it. */
  const reopen = async () => {
    delete failure.code
    const crypto = seededCrypto('reopened')
    const store = await createStore({ backend, crypto })
    const { powers } = createTime()
    const kernel = await createKernel({ ...powers, store, crypto, signer: node, runtimes: grid.runtimes })
    return { store, kernel }
  }
  return { ...watch, grid, failure, sent, reopen }
}

describe('an effect whose commit fails', () => {
  for (const code of ['IO', 'FULL', 'INDETERMINATE'] as const) {
    for (const isApplied of [false, true]) {
      test(`with ${code}, ${isApplied ? 'after' : 'before'} it is on the disk, is not told as done and happens once`, async () => {
        const { grid, failure, sent, reopen } = await counting()
        Object.assign(failure, { code, isApplied })
        const answer = await grid.send(sent)
        assert.equal(answer.signed, false)
        assert.ok(['STORE', 'INDETERMINATE'].includes(answer.code), answer.code)
        const { kernel, store } = await reopen()
        const reply = await kernel.dispatch(sent.bytes)
        assert.equal(grid.read(sent, reply).code, 'kept')
        assert.deepEqual(await kernel.dispatch(sent.bytes), reply)
        const snapshot = store.snapshot()
        assert.deepEqual(await snapshot.get('numbers', new TextEncoder().encode('count')), Uint8Array.of(1))
        snapshot.close()
      })
    }
  }
})

describe('a node whose store fails', () => {
  test('answers every message, loses no room and no reply, and goes on answering what it may', async () => {
    const { grid, failure, sent } = await counting()
    const known = grid.compose()
    assert.equal((await grid.send(known)).code, 'kept')
    Object.assign(failure, { code: 'IO', isApplied: false })
    grid.time.now += 20
    assert.equal((await grid.send(sent)).code, 'STORE')
    for (let count = 0; count < 600; count += 1)
      assert.ok((await grid.kernel.dispatch(Uint8Array.of(count & 0xff))).length > 0)
    assert.equal((await grid.send(known)).code, 'kept')
    assert.equal((await grid.send(sent)).code, 'STORE')
  })

  test('gives no pure result it could not keep, and gives it when it can', async () => {
    const { grid, failure, reopen } = await counting()
    const pure = grid.compose()
    Object.assign(failure, { code: 'IO', isApplied: false })
    assert.equal((await grid.send(pure)).code, 'STORE')
    const { kernel } = await reopen()
    assert.equal(grid.read(pure, await kernel.dispatch(pure.bytes)).code, 'kept')
  })
})
