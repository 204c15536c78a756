/** Transactions: all of it or nothing, and told of once. */
import assert from 'node:assert/strict'
import { bytes, fill, keysOf, view } from './kit.ts'
import type { CID } from 'multiformats/cid'
import type { Check } from './subject.ts'

export function transactions(check: Check): void {
  check('answers with what the work returns', async (store) => {
    assert.equal(await store.transact(() => 7), 7)
    assert.equal(await store.transact(async () => 'later'), 'later')
  })

  check('discards everything when the work throws', async (store) => {
    const failure = new Error('no')
    let cid: CID | undefined
    await assert.rejects(
      store.transact(async (transaction) => {
        cid = transaction.putBlock(bytes('block'))
        transaction.put('s', bytes('k'), bytes('v'))
        await transaction.setLabel('l', undefined, cid)
        throw failure
      }),
      failure,
    )
    await view(store, async (now) => {
      assert.equal(await now.hasBlock(cid!), false)
      assert.equal(await now.get('s', bytes('k')), undefined)
      assert.equal(await now.getLabel('l'), undefined)
    })
  })

  check('shows nothing to others before it commits', async (store) => {
    await store.transact(async (transaction) => {
      transaction.put('s', bytes('k'), bytes('v'))
      assert.equal(await view(store, (now) => now.get('s', bytes('k'))), undefined)
    })
    assert.deepEqual(await view(store, (now) => now.get('s', bytes('k'))), bytes('v'))
  })

  check('reads one state, whatever is committed meanwhile', async (store) => {
    await fill(store, 's', 'a')
    await store.transact(async (transaction) => {
      await transaction.get('s', bytes('a'))
      await fill(store, 's', 'b')
      assert.equal(await transaction.get('s', bytes('b')), undefined)
      assert.deepEqual(await keysOf(transaction, 's'), ['a'])
    })
  })

  check('knows which transactions it has committed', async (store) => {
    const ids: string[] = []
    const commit = async (write: boolean, fail: boolean) => {
      const end = store.transact((transaction) => {
        ids.push(transaction.id)
        if (write) transaction.put('s', bytes(transaction.id), bytes('v'))
        if (fail) throw new Error('no')
      })
      await end.catch(() => undefined)
    }
    await Promise.all([commit(true, false), commit(true, false), commit(true, true)])
    assert.equal(new Set(ids).size, 3)
    assert.deepEqual(await Promise.all(ids.map((id) => store.committed(id))), [true, true, false])
    assert.equal(await store.committed('0'.repeat(32)), false)
    await assert.rejects(store.committed('anything'), TypeError)
  })

  check('stops when it is told to', async (store) => {
    const stop = new AbortController()
    const reason = new Error('enough')
    const work = store.transact(
      (transaction) => {
        transaction.put('s', bytes('k'), bytes('v'))
        stop.abort(reason)
      },
      { signal: stop.signal },
    )
    await assert.rejects(work, reason)
    await assert.rejects(
      store.transact(() => assert.fail('not begun'), { signal: stop.signal }),
      reason,
    )
    assert.equal(await view(store, (now) => now.get('s', bytes('k'))), undefined)
  })

  check('keeps what many write at the same time, each wholly', async (store) => {
    const works = Array.from({ length: 200 }, (_, i) =>
      store.transact((transaction) => {
        transaction.put('left', bytes(`${i}`), bytes(`${i}`))
        transaction.put('right', bytes(`${i}`), bytes(`${i}`))
      }),
    )
    await Promise.all(works)
    await view(store, async (now) => {
      assert.equal((await keysOf(now, 'left')).length, 200)
      assert.deepEqual(await keysOf(now, 'left'), await keysOf(now, 'right'))
    })
  })

  check('writes without waiting for the disk when asked to', async (store) => {
    await store.transact((transaction) => transaction.put('s', bytes('k'), bytes('v')), { durable: false })
    assert.deepEqual(await view(store, (now) => now.get('s', bytes('k'))), bytes('v'))
  })
}
