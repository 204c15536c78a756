/** Labels: moved only from where they are. */
import assert from 'node:assert/strict'
import { labelsOf, nameOf, view } from './kit.ts'
import type { CID } from 'multiformats/cid'
import type { Check } from './subject.ts'

export function labels(check: Check): void {
  check('moves a label only from where it is', async (store) => {
    const [one, two] = [await nameOf(store, 'one'), await nameOf(store, 'two')]
    const move = (from: CID | undefined, to: CID | undefined) =>
      store.transact((transaction) => transaction.setLabel('head', from, to))
    await assert.rejects(move(one, two), { name: 'StoreError', code: 'CONFLICT' })
    await move(undefined, one)
    await assert.rejects(move(undefined, two), { name: 'StoreError', code: 'CONFLICT' })
    await assert.rejects(move(two, one), { name: 'StoreError', code: 'CONFLICT' })
    assert.ok((await view(store, (now) => now.getLabel('head')))?.equals(one))
    await move(one, two)
    await assert.rejects(move(one, undefined), { name: 'StoreError', code: 'CONFLICT' })
    await move(two, undefined)
    assert.equal(await view(store, (now) => now.getLabel('head')), undefined)
  })

  check('lists labels by prefix in the order of their bytes', async (store) => {
    const cid = await nameOf(store, 'target')
    const names = ['alice/a', 'alice/b', 'alicf', 'bob', '\u{ffff}', '\u{10000}']
    await store.transact(async (transaction) => {
      for (const name of names.toReversed()) await transaction.setLabel(name, undefined, cid)
      assert.deepEqual(await labelsOf(transaction, 'alice/'), ['alice/a', 'alice/b'])
    })
    assert.deepEqual(await view(store, (now) => labelsOf(now, '')), names)
    assert.deepEqual(await view(store, (now) => labelsOf(now, 'alice')), ['alice/a', 'alice/b'])
    assert.deepEqual(await view(store, (now) => labelsOf(now, 'alic')), ['alice/a', 'alice/b', 'alicf'])
    assert.deepEqual(await view(store, (now) => labelsOf(now, 'x')), [])
  })

  check('sees its own moves of a label', async (store) => {
    const [one, two] = [await nameOf(store, 'one'), await nameOf(store, 'two')]
    await store.transact(async (transaction) => {
      await transaction.setLabel('head', undefined, one)
      await assert.rejects(transaction.setLabel('head', undefined, two), { code: 'CONFLICT' })
      await transaction.setLabel('head', one, two)
      assert.ok((await transaction.getLabel('head'))?.equals(two))
    })
  })

  check('lets one of many racers create a label', async (store) => {
    const cids = await Promise.all(['a', 'b', 'c', 'd'].map((name) => nameOf(store, name)))
    const races = cids.map((cid) =>
      store.transact((transaction) => transaction.setLabel('head', undefined, cid)),
    )
    const ends = await Promise.allSettled(races)
    assert.equal(ends.filter((end) => end.status === 'fulfilled').length, 1)
    for (const end of ends) if (end.status === 'rejected') assert.equal(end.reason.code, 'CONFLICT')
  })
}
