/** What ends: snapshots, transactions, the store itself, and what it leaves. */
import assert from 'node:assert/strict'
import { bytes, fill, keysOf, view } from './kit.ts'
import type { Transaction } from 'promisegrid/promisebase'
import type { Check } from './subject.ts'

export function lifetimes(check: Check): void {
  check('shows a snapshot what was there when it was taken', async (store) => {
    await fill(store, 's', 'a')
    using before = store.snapshot()
    await fill(store, 's', 'b')
    assert.deepEqual(await keysOf(before, 's'), ['a'])
    assert.deepEqual(await view(store, (now) => keysOf(now, 's')), ['a', 'b'])
  })

  check('counts what is there and finds it whole', async (store) => {
    await fill(store, 's', 'a b')
    await store.transact(async (transaction) => {
      await transaction.setLabel('head', undefined, transaction.putBlock(bytes('block')))
    })
    const { blocks, entries, labels, damages } = await store.verify()
    assert.deepEqual({ blocks, entries, labels, damages }, { blocks: 1, entries: 2, labels: 1, damages: [] })
  })

  check('refuses to read from a closed snapshot with CLOSED', async (store) => {
    const snapshot = store.snapshot()
    snapshot.close()
    snapshot.close()
    await assert.rejects(snapshot.get('s', bytes('k')), { code: 'CLOSED' })
    await assert.rejects(keysOf(snapshot, 's'), { code: 'CLOSED' })
  })

  check('refuses to use a transaction after its end with CLOSED', async (store) => {
    let escaped: Transaction | undefined
    await store.transact((transaction) => {
      escaped = transaction
    })
    await assert.rejects(escaped!.get('s', bytes('k')), { code: 'CLOSED' })
    await assert.rejects(keysOf(escaped!, 's'), { code: 'CLOSED' })
    await assert.rejects(escaped!.setLabel('l', undefined, undefined), { code: 'CLOSED' })
    assert.throws(() => escaped!.put('s', bytes('k'), bytes('v')), { code: 'CLOSED' })
    assert.throws(() => escaped!.putBlock(bytes('b')), { code: 'CLOSED' })
  })

  check('refuses everything with CLOSED once it is closed, and closes twice in peace', async (store) => {
    const snapshot = store.snapshot()
    await Promise.all([store.close(), store.close()])
    await store[Symbol.asyncDispose]()
    assert.throws(() => store.snapshot(), { code: 'CLOSED' })
    await assert.rejects(
      store.transact(() => undefined),
      { code: 'CLOSED' },
    )
    await assert.rejects(store.committed('0'.repeat(32)), { code: 'CLOSED' })
    await assert.rejects(snapshot.get('s', bytes('k')), { code: 'CLOSED' })
    snapshot.close()
  })

  check('finishes the commits that were begun before close and no others', async (store) => {
    const begun = store.transact((transaction) => transaction.put('s', bytes('a'), bytes('v')))
    const working = store.transact(async (transaction) => {
      await transaction.get('s', bytes('b'))
      await store.close()
      transaction.put('s', bytes('b'), bytes('v'))
    })
    await begun
    await assert.rejects(working, { code: 'CLOSED' })
  })

  check('finds everything again when it is opened again', async (store, { reopen }) => {
    if (reopen === undefined) return
    const ids: string[] = []
    const cid = await store.transact(async (transaction) => {
      ids.push(transaction.id)
      const cid = transaction.putBlock(bytes('block'))
      transaction.put('s', bytes('k'), bytes('v'))
      await transaction.setLabel('l', undefined, cid)
      return cid
    })
    await store.close()
    const again = await reopen()
    try {
      await view(again, async (now) => {
        assert.deepEqual(await now.getBlock(cid), bytes('block'))
        assert.deepEqual(await now.get('s', bytes('k')), bytes('v'))
        assert.ok((await now.getLabel('l'))?.equals(cid))
      })
      assert.equal(await again.committed(ids[0]!), true)
      const next = await again.transact((transaction) => transaction.id)
      assert.notEqual(next, ids[0])
    } finally {
      await again.close()
    }
  })
}
