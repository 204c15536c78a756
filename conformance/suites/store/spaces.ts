/** Spaces: keys and values, apart whatever they are called, and within limits. */
import assert from 'node:assert/strict'
import { STORE_LIMITS } from 'promisegrid/promisebase'
import { bytes, keysOf, refuses, view } from './kit.ts'
import type { Check } from './subject.ts'

export function spaces(check: Check): void {
  check('keeps spaces apart whatever names and keys are', async (store) => {
    const names = ['a', 'ab', 'a\0', '\0', 'a/b', 'ä', '\u{10ffff}', 'a'.repeat(256)]
    const keys = [
      bytes(''),
      bytes('b'),
      bytes('\0'),
      bytes('/b'),
      Uint8Array.of(255),
      Uint8Array.of(0, 1, 97),
    ]
    await store.transact((transaction) => {
      for (const name of names)
        for (const key of keys) transaction.put(name, key, bytes(`${name}|${[...key]}`))
    })
    await view(store, async (now) => {
      for (const name of names) {
        for (const key of keys) assert.deepEqual(await now.get(name, key), bytes(`${name}|${[...key]}`))
        assert.equal((await keysOf(now, name)).length, keys.length)
        assert.equal(
          (await keysOf(now, name, { gte: bytes(''), lt: Uint8Array.of(255, 255) })).length,
          keys.length,
        )
        assert.equal((await keysOf(now, name, { prefix: Uint8Array.of(255) })).length, 1)
      }
      assert.deepEqual(await keysOf(now, 'b'), [])
    })
  })

  check(
    'takes keys of 0 to 1024 bytes, names of 1 to 256 and values to 1 MiB, and no more',
    async (store) => {
      const { keyBytes, nameBytes, valueBytes } = STORE_LIMITS
      const longest = 'ß'.repeat(nameBytes / 2)
      await store.transact((transaction) => {
        transaction.put(longest, new Uint8Array(keyBytes), new Uint8Array(valueBytes))
        transaction.put('s', bytes(''), bytes(''))
      })
      assert.deepEqual(await view(store, (now) => now.get('s', bytes(''))), bytes(''))
      await refuses(store, 'LIMIT', (transaction) =>
        transaction.put('s', new Uint8Array(keyBytes + 1), bytes('')),
      )
      await refuses(store, 'LIMIT', (transaction) =>
        transaction.put('s', bytes(''), new Uint8Array(valueBytes + 1)),
      )
      await refuses(store, 'LIMIT', (transaction) => transaction.put(`${longest}s`, bytes(''), bytes('')))
      await refuses(store, 'LIMIT', (transaction) => transaction.put('', bytes(''), bytes('')))
      await refuses(store, 'LIMIT', (transaction) => transaction.delete('s', new Uint8Array(keyBytes + 1)))
      await refuses(store, 'LIMIT', (transaction) => transaction.get('s', new Uint8Array(64 * 1024)))
      await refuses(store, 'LIMIT', (transaction) => transaction.getLabel(''))
      await refuses(store, 'LIMIT', (transaction) => transaction.getLabel(`${longest}s`))
      await assert.rejects(
        store.transact((transaction) => transaction.get('half \ud800', bytes(''))),
        TypeError,
      )
    },
  )

  check(
    'refuses a transaction of too many writes or bytes with LIMIT, and keeps nothing of it',
    async (store) => {
      await refuses(store, 'LIMIT', (transaction) => {
        for (let i = 0; i <= STORE_LIMITS.transactionWrites; i++)
          transaction.put('s', bytes(`${i}`), bytes(''))
      })
      const large = new Uint8Array(STORE_LIMITS.valueBytes)
      await refuses(store, 'LIMIT', (transaction) => {
        for (let i = 0; i <= STORE_LIMITS.transactionBytes / large.length; i++)
          transaction.put('s', bytes(`${i}`), large)
      })
      assert.deepEqual(await view(store, (now) => keysOf(now, 's')), [])
    },
  )
}
