/** Transactions at the same time: as if one came after the other. */
import assert from 'node:assert/strict'
import { bytes, fill, increment, interleave, keysOf, labelsOf, nameOf, numberOf, view } from './kit.ts'
import type { Transaction } from 'promisegrid/promisebase'
import type { Check } from './subject.ts'

export function serialisability(check: Check): void {
  check('loses no update of eight that read and write one key', async (store) => {
    await Promise.all(
      Array.from({ length: 8 }, () => store.transact((transaction) => increment(transaction, 'n'))),
    )
    assert.equal(numberOf(await view(store, (now) => now.get('s', bytes('n')))), 8)
  })

  check('refuses write skew: alice and bob cannot both leave the watch', async (store) => {
    await fill(store, 'watch', 'alice bob')
    await interleave(store, [
      async (transaction) => {
        if (await transaction.get('watch', bytes('bob'))) transaction.delete('watch', bytes('alice'))
      },
      async (transaction) => {
        if (await transaction.get('watch', bytes('alice'))) transaction.delete('watch', bytes('bob'))
      },
    ])
    assert.equal((await view(store, (now) => keysOf(now, 'watch'))).length, 1)
  })

  check('refuses a phantom: two who find a space empty cannot both fill it', async (store) => {
    const claimIfEmpty = (key: string) => async (transaction: Transaction) => {
      if ((await keysOf(transaction, 'seat')).length === 0)
        transaction.put('seat', bytes(key), bytes('taken'))
    }
    await interleave(store, [claimIfEmpty('alice'), claimIfEmpty('bob')])
    assert.equal((await view(store, (now) => keysOf(now, 'seat'))).length, 1)
  })

  check('refuses two who both saw that a key, a label or a block was absent', async (store) => {
    const cid = await nameOf(store, 'block')
    const cases: [
      look: (transaction: Transaction) => Promise<unknown>,
      write: (transaction: Transaction) => unknown,
    ][] = [
      [
        (transaction) => transaction.get('s', bytes('k')),
        (transaction) => transaction.put('s', bytes('k'), bytes('v')),
      ],
      [
        (transaction) => transaction.getLabel('a'),
        (transaction) => transaction.setLabel('a', undefined, cid),
      ],
      [
        (transaction) => labelsOf(transaction, 'b/'),
        (transaction) => transaction.setLabel('b/1', undefined, cid),
      ],
      [(transaction) => transaction.hasBlock(cid), (transaction) => transaction.putBlock(bytes('block'))],
    ]
    for (const [look, write] of cases) {
      const late = store.transact(
        async (transaction) => {
          await look(transaction)
          await store.transact(async (other) => void (await write(other)))
          transaction.put('t', bytes('k'), bytes('v'))
        },
        { retries: 0 },
      )
      await assert.rejects(late, { name: 'StoreError', code: 'CONFLICT' })
    }
    assert.deepEqual(await view(store, (now) => keysOf(now, 't')), [])
  })

  check('is not disturbed by writes behind the end of a scan that stopped early', async (store) => {
    await fill(store, 'queue', 'a b c')
    let runs = 0
    await store.transact(async (transaction) => {
      runs++
      for await (const { key } of transaction.range('queue')) {
        transaction.delete('queue', key)
        break
      }
      await fill(store, 'queue', 'd')
    })
    assert.equal(runs, 1)
    assert.deepEqual(await view(store, (now) => keysOf(now, 'queue')), ['b', 'c', 'd'])
  })

  check('is disturbed by a write before the point where a scan stopped', async (store) => {
    await fill(store, 'queue', 'b c')
    const taken: string[] = []
    await store.transact(async (transaction) => {
      const [first] = await keysOf(transaction, 'queue', { limit: 1 })
      taken.push(first!)
      transaction.delete('queue', bytes(first!))
      if (taken.length === 1) await fill(store, 'queue', 'a')
    })
    assert.deepEqual(taken, ['b', 'a'])
  })

  check('does not run a reader again, nor a writer that read nothing', async (store) => {
    await fill(store, 's', 'a')
    let runs = 0
    await store.transact(async (transaction) => {
      runs++
      await keysOf(transaction, 's')
      await fill(store, 's', 'b')
    })
    await store.transact(async (transaction) => {
      runs++
      await fill(store, 's', 'c')
      transaction.put('s', bytes('c'), bytes('mine'))
    })
    assert.equal(runs, 2)
  })

  check('gives up with CONFLICT after the last retry', async (store) => {
    let runs = 0
    const work = store.transact(
      async (transaction) => {
        runs++
        await increment(transaction, 'n')
        await store.transact((other) => increment(other, 'n'))
      },
      { retries: 2 },
    )
    await assert.rejects(work, { name: 'StoreError', code: 'CONFLICT' })
    assert.equal(runs, 3)
    assert.equal(numberOf(await view(store, (now) => now.get('s', bytes('n')))), 3)
  })

  check('moves money between accounts without making or losing any', async (store) => {
    const accounts = ['0', '1', '2', '3']
    await store.transact((transaction) => {
      for (const account of accounts) transaction.put('s', bytes(account), bytes('100'))
    })
    const moves = Array.from({ length: 120 }, (_, i) =>
      store.transact(
        async (transaction) => {
          const [from, to] = [bytes(accounts[i % 4]!), bytes(accounts[(i * 7 + 1) % 4]!)]
          const has = numberOf(await transaction.get('s', from))
          transaction.put('s', from, bytes(`${has - 1}`))
          transaction.put('s', to, bytes(`${numberOf(await transaction.get('s', to)) + 1}`))
        },
        { retries: 200 },
      ),
    )
    const sums: number[] = []
    for (let look = 0; look < 20; look++) {
      await view(store, async (now) => {
        let sum = 0
        for await (const { value } of now.range('s')) sum += numberOf(value)
        sums.push(sum)
      })
    }
    await Promise.all(moves)
    assert.deepEqual(new Set(sums), new Set([400]))
  })
}
