/**
 * What every store must do, as tests. A store made by `createStore` over a backend that passes `backendSuite`
 * passes this one; a store of another make has to show it here.
 */
import assert from 'node:assert/strict'
import { CID } from 'multiformats/cid'
import { BLOCK_BYTES_MAX, STORE_LIMITS } from 'promisegrid/promisebase'
import type { SpaceRange, Snapshot, Store, Transaction } from 'promisegrid/promisebase'
import type { TestFunction } from './backend.ts'

export interface StoreSuiteOptions {
  readonly test: TestFunction
  readonly factory: () => Promise<StoreUnderTest>
}

export interface StoreUnderTest {
  /** New and empty. */
  readonly store: Store
  /** Opens again what the closed store has left, if it leaves anything. */
  readonly reopen?: () => Promise<Store>
  readonly dispose?: () => Promise<void>
}

export function storeSuite({ test, factory }: StoreSuiteOptions): void {
  const check = (claim: string, body: (store: Store, subject: StoreUnderTest) => Promise<void>) =>
    test(claim, async () => {
      const subject = await factory()
      try {
        await body(subject.store, subject)
      } finally {
        await subject.store.close()
        await subject.dispose?.()
      }
    })
  blocks(check)
  spaces(check)
  ranges(check)
  labels(check)
  transactions(check)
  serialisability(check)
  lifetimes(check)
}

type Check = (claim: string, body: (store: Store, subject: StoreUnderTest) => Promise<void>) => unknown

// ----------------------------------------------------------------------------------------------- blocks

function blocks(check: Check): void {
  check('names a block by CIDv1 raw sha2-256', async (store) => {
    const cid = await store.transact((transaction) => transaction.putBlock(bytes('hello')))
    assert.equal(cid.toString(), 'bafkreibm6jg3ux5qumhcn2b3flc3tyu6dmlb4xa7u5bf44yegnrjhc4yeq')
    assert.deepEqual(await view(store, (now) => now.getBlock(cid)), bytes('hello'))
    assert.equal(await view(store, (now) => now.hasBlock(cid)), true)
  })

  check('keeps the codec in the name of a block', async (store) => {
    for (const codec of [0x55, 0x51, 0x71, 0x1027, 0x70]) {
      const cid = await store.transact((transaction) => transaction.putBlock(bytes('x'), codec))
      assert.equal(cid.code, codec)
      assert.deepEqual(await view(store, (now) => now.getBlock(cid)), bytes('x'))
    }
  })

  check('takes a block under the CID it hashes to and refuses any other with HASH', async (store) => {
    const right = await nameOf(store, 'right')
    const empty = await nameOf(store, '')
    await store.transact((transaction) => transaction.putBlockAs(right, bytes('right')))
    const truncated = CID.decode(Uint8Array.of(1, 0x55, 0x12, 31, ...right.multihash.digest.subarray(0, 31)))
    const identity = CID.decode(Uint8Array.of(1, 0x55, 0, 1, 7))
    const old = CID.createV0(right.multihash as Parameters<typeof CID.createV0>[0])
    for (const [cid, content] of [
      [right, bytes('wrong')],
      [right, bytes('right!')],
      [right, bytes('')],
      [empty, bytes('right')],
      [truncated, bytes('right')],
      [identity, Uint8Array.of(7)],
      [old, bytes('right')],
    ] as const) {
      await assert.rejects(
        store.transact((transaction) => transaction.putBlockAs(cid, content)),
        { name: 'StoreError', code: 'HASH' },
      )
      assert.equal(await view(store, (now) => now.hasBlock(truncated)), false)
    }
  })

  check('takes a block of the largest size and refuses one byte more with LIMIT', async (store) => {
    const largest = new Uint8Array(BLOCK_BYTES_MAX).fill(1)
    const cid = await store.transact((transaction) => transaction.putBlock(largest))
    assert.equal((await view(store, (now) => now.getBlock(cid)))?.length, BLOCK_BYTES_MAX)
    const larger = new Uint8Array(BLOCK_BYTES_MAX + 1)
    await refuses(store, 'LIMIT', (transaction) => transaction.putBlock(larger))
    await refuses(store, 'LIMIT', (transaction) => transaction.putBlockAs(cid, larger))
  })

  check('keeps a block as it was when it was put', async (store) => {
    const content = bytes('before')
    const cid = await store.transact((transaction) => {
      const cid = transaction.putBlock(content)
      content.fill(0)
      return cid
    })
    ;(await view(store, (now) => now.getBlock(cid)))!.fill(0)
    assert.deepEqual(await view(store, (now) => now.getBlock(cid)), bytes('before'))
  })

  check('has no block nobody put', async (store) => {
    const absent = await nameOf(store, 'absent')
    assert.equal(await view(store, (now) => now.getBlock(absent)), undefined)
    assert.equal(await view(store, (now) => now.hasBlock(absent)), false)
  })
}

// ----------------------------------------------------------------------------------------------- spaces

function spaces(check: Check): void {
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

// ----------------------------------------------------------------------------------------------- ranges

function ranges(check: Check): void {
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

// ----------------------------------------------------------------------------------------------- labels

function labels(check: Check): void {
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

// ----------------------------------------------------------------------------------------- transactions

function transactions(check: Check): void {
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

// -------------------------------------------------------------------------------------- serialisability

function serialisability(check: Check): void {
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

// -------------------------------------------------------------------------------------------- lifetimes

function lifetimes(check: Check): void {
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

// ---------------------------------------------------------------------------------------------- helpers

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

function numberOf(value: Uint8Array | undefined): number {
  return value ? Number(new TextDecoder().decode(value)) : 0
}

async function increment(transaction: Transaction, key: string): Promise<void> {
  const before = numberOf(await transaction.get('s', bytes(key)))
  transaction.put('s', bytes(key), bytes(`${before + 1}`))
}

async function view<T>(store: Store, look: (snapshot: Snapshot) => Promise<T>): Promise<T> {
  using snapshot = store.snapshot()
  return await look(snapshot)
}

/** The name a block would have, learnt without leaving it in the store. */
async function nameOf(store: Store, text: string): Promise<CID> {
  const discard = new Error('nothing is to be kept')
  const name: CID[] = []
  const learn = store.transact((transaction) => {
    name.push(transaction.putBlock(bytes(text)))
    throw discard
  })
  await learn.catch((thrown: unknown) => assert.equal(thrown, discard))
  return name[0]!
}

async function fill(store: Store, space: string, keys: string): Promise<void> {
  await store.transact((transaction) => {
    for (const key of keys.split(' ')) transaction.put(space, bytes(key), bytes(key))
  })
}

async function keysOf(snapshot: Snapshot, space: string, range?: SpaceRange): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of snapshot.range(space, range)) keys.push(new TextDecoder().decode(key))
  return keys
}

async function labelsOf(snapshot: Snapshot, prefix: string): Promise<string[]> {
  const names: string[] = []
  for await (const { name } of snapshot.labels(prefix)) names.push(name)
  return names
}

async function refuses(
  store: Store,
  code: string,
  work: (transaction: Transaction) => unknown,
): Promise<void> {
  await assert.rejects(
    store.transact(async (transaction) => {
      await work(transaction)
    }),
    { name: 'StoreError', code },
  )
}

/** Runs all works on the same state; those in conflict are tried again by the store. */
async function interleave(
  store: Store,
  works: readonly ((transaction: Transaction) => Promise<void>)[],
): Promise<void> {
  let arrived = 0
  let open = () => {}
  const all = new Promise<void>((resolve) => (open = resolve))
  await Promise.all(
    works.map((work) =>
      store.transact(async (transaction) => {
        await work(transaction)
        if (++arrived === works.length) open()
        await all
      }),
    ),
  )
}
