/** Scans of a space, in the order of bytes. */
import assert from 'node:assert/strict'
import { bytes, fill, keysOf, view } from './kit.ts'
import type { Check } from './subject.ts'

export function ranges(check: Check): void {
  check('scans by prefix, by bounds and by both, from either end', async (store) => {
    await fill(store, 's', 'a b ba bb bc c')
    await fill(store, 't', 'bb')
    await view(store, async (now) => {
      assert.deepEqual(await keysOf(now, 's'), ['a', 'b', 'ba', 'bb', 'bc', 'c'])
      assert.deepEqual(await keysOf(now, 's', { prefix: bytes('b') }), ['b', 'ba', 'bb', 'bc'])
      assert.deepEqual(await keysOf(now, 's', { prefix: bytes('b'), gte: bytes('bb') }), ['bb', 'bc'])
      assert.deepEqual(await keysOf(now, 's', { prefix: bytes('b'), lt: bytes('bb') }), ['b', 'ba'])
      assert.deepEqual(await keysOf(now, 's', { prefix: bytes('b'), gte: bytes('a'), lt: bytes('z') }), [
        'b',
        'ba',
        'bb',
        'bc',
      ])
      assert.deepEqual(await keysOf(now, 's', { prefix: bytes('b'), reverse: true, limit: 2 }), ['bc', 'bb'])
      assert.deepEqual(await keysOf(now, 's', { gte: bytes('c'), lt: bytes('a') }), [])
      assert.deepEqual(await keysOf(now, 's', { limit: 0 }), [])
      assert.deepEqual(await keysOf(now, 'u'), [])
    })
  })

  check('scans past keys of only 0xff', async (store) => {
    const key = new Uint8Array(3).fill(255)
    await store.transact((transaction) => transaction.put('s', key, bytes('v')))
    await fill(store, 't', 'a')
    const found: Uint8Array[] = []
    await view(store, async (now) => {
      for await (const entry of now.range('s', { prefix: key.subarray(1) })) found.push(entry.key)
    })
    assert.deepEqual(found, [key])
  })

  check('shows a transaction its own writes among the stored ones, in order', async (store) => {
    await fill(store, 's', 'a c e g')
    await store.transact(async (transaction) => {
      transaction.put('s', bytes('b'), bytes('new'))
      transaction.put('s', bytes('c'), bytes('changed'))
      transaction.delete('s', bytes('e'))
      transaction.delete('s', bytes('absent'))
      transaction.put('s', bytes('z'), bytes('new'))
      transaction.put('t', bytes('d'), bytes('elsewhere'))
      assert.deepEqual(await keysOf(transaction, 's'), ['a', 'b', 'c', 'g', 'z'])
      assert.deepEqual(await keysOf(transaction, 's', { reverse: true }), ['z', 'g', 'c', 'b', 'a'])
      assert.deepEqual(await keysOf(transaction, 's', { gte: bytes('c'), limit: 2 }), ['c', 'g'])
      assert.deepEqual(await keysOf(transaction, 's', { lt: bytes('z'), limit: 2, reverse: true }), [
        'g',
        'c',
      ])
      assert.deepEqual(await transaction.get('s', bytes('c')), bytes('changed'))
      assert.equal(await transaction.get('s', bytes('e')), undefined)
      transaction.put('s', bytes('e'), bytes('again'))
      assert.deepEqual(await keysOf(transaction, 's', { gte: bytes('d') }), ['e', 'g', 'z'])
    })
    assert.deepEqual(await view(store, (now) => keysOf(now, 's')), ['a', 'b', 'c', 'e', 'g', 'z'])
  })
}
