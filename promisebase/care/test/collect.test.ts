import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMemoryBackend } from '../../backend-memory.ts'
import { encodeDagCbor } from '../../cbor/encode.ts'
import { CODEC, hashBlock, parseCid } from '../../cid.ts'
import { keyOfBlock } from '../../keys.ts'
import { careOf } from '../../store-care.ts'
import { createStore } from '../../store.ts'
import { nodeCrypto } from '../../test/node-crypto.ts'
import { collect, collectWith } from '../collect.ts'
import { pin, unpin } from '../pins.ts'
import type { CID } from 'multiformats/cid'
import type { Backend, Store, Transaction } from '../../interface.ts'
import type { CollectOptions } from '../collection.ts'

const utf8 = (text: string) => new TextEncoder().encode(text)
const nameOf = (text: string) => hashBlock(nodeCrypto.sha256, CODEC.raw, utf8(text))

const openStore = (backend: Backend = createMemoryBackend()) => createStore({ backend, crypto: nodeCrypto })

const leaf = (transaction: Transaction, text: string) => transaction.putBlock(utf8(text))
const node = (transaction: Transaction, ...links: CID[]) =>
  transaction.putBlock(encodeDagCbor({ links }), CODEC.dagCbor)

async function swept(store: Store, options?: CollectOptions) {
  const collected = await collect(store, options)
  if (collected.refused) return collected.refused.code
  const { kept, deleted, bytes } = collected.ok
  return { kept, deleted, bytes }
}

async function isHere(store: Store, ...cids: CID[]): Promise<boolean[]> {
  using snapshot = store.snapshot()
  return await Promise.all(cids.map((cid) => snapshot.hasBlock(cid)))
}

test('deletes what no label leads to, however far, and nothing else', async () => {
  const store = await openStore()
  const [tides, moons] = await store.transact(async (transaction) => {
    const tides = leaf(transaction, 'tides')
    const root = node(transaction, node(transaction, tides))
    await transaction.setLabel('root', undefined, root)
    return [tides, node(transaction, leaf(transaction, 'moons'))]
  })
  const garbage = encodeDagCbor({ links: [nameOf('moons')] }).length + 5
  assert.deepEqual(await swept(store, { dryRun: true }), { kept: 3, deleted: 2, bytes: garbage })
  assert.deepEqual(await isHere(store, moons), [true])
  assert.deepEqual(await swept(store), { kept: 3, deleted: 2, bytes: garbage })
  assert.deepEqual(await isHere(store, tides, moons, nameOf('moons')), [true, false, false])
  assert.deepEqual(await swept(store), { kept: 3, deleted: 0, bytes: 0 })
})

test('keeps what pins hold: all below a recursive one, one block of a direct one, until they expire', async () => {
  const store = await openStore()
  const [deep, direct] = await store.transact(async (transaction) => {
    const deep = node(transaction, leaf(transaction, 'tides'))
    const direct = node(transaction, leaf(transaction, 'moons'))
    await pin(transaction, { cid: deep, owner: 'alice', expires: 100 })
    await pin(transaction, { cid: deep, owner: 'bob' })
    await pin(transaction, { cid: direct, owner: 'alice', kind: 'direct', expires: 100 })
    return [deep, direct]
  })
  assert.deepEqual(await swept(store, { now: 99 }), { kept: 3, deleted: 1, bytes: 5 })
  assert.deepEqual(await isHere(store, deep, direct, nameOf('tides'), nameOf('moons')), [
    true,
    true,
    true,
    false,
  ])
  await swept(store, { now: 100 })
  assert.deepEqual(await isHere(store, deep, direct, nameOf('tides')), [true, false, true])
  await store.transact((transaction) => unpin(transaction, deep, 'bob'))
  assert.deepEqual(await swept(store), { kept: 2, deleted: 0, bytes: 0 })
  assert.deepEqual(await swept(store, { now: 100 }), { kept: 0, deleted: 2, bytes: 5 + parentBytes })
})

const parentBytes = encodeDagCbor({ links: [nameOf('tides')] }).length

test('keeps what entries name, as far as somebody says what they mean', async () => {
  const store = await openStore()
  const cid = await store.transact((transaction) => {
    const cid = leaf(transaction, 'tides')
    transaction.put('notes', utf8('a'), cid.bytes)
    transaction.put('other', utf8('a'), node(transaction).bytes)
    return cid
  })
  const named = (space: string, _key: Uint8Array, value: Uint8Array) =>
    space === 'notes' ? [parseCid(value).ok!] : []
  assert.deepEqual(await swept(store, { named }), { kept: 1, deleted: 1, bytes: 8 })
  assert.deepEqual(await isHere(store, cid), [true])
})

test('a block is kept under whatever codec it is named, and read under each', async () => {
  const store = await openStore()
  await store.transact(async (transaction) => {
    const parent = node(transaction, leaf(transaction, 'tides'))
    const asRaw = hashBlock(nodeCrypto.sha256, CODEC.raw, encodeDagCbor({ links: [nameOf('tides')] }))
    await transaction.setLabel('a', undefined, asRaw)
    await transaction.setLabel('b', undefined, parent)
    transaction.putBlock(utf8('moons'))
  })
  assert.deepEqual(await swept(store), { kept: 2, deleted: 1, bytes: 5 })
})

test('stops and deletes nothing when a linked block is missing or not what its codec says', async () => {
  for (const [flag, make] of [
    ['missing', (transaction: Transaction) => node(transaction, nameOf('never stored'))],
    ['unreadable', (transaction: Transaction) => transaction.putBlock(utf8('no cbor'), CODEC.dagCbor)],
  ] as const) {
    const store = await openStore()
    await store.transact(async (transaction) => {
      leaf(transaction, 'garbage')
      await transaction.setLabel('root', undefined, node(transaction, make(transaction)))
    })
    const stopped = await collect(store)
    assert.equal(stopped.refused?.code, 'INCOMPLETE', flag)
    const { missing, undecodable } = stopped.report!.damage
    assert.deepEqual([missing.count, undecodable.count], flag === 'missing' ? [1, 0] : [0, 1])
    assert.deepEqual(await isHere(store, nameOf('garbage')), [true])
    assert.deepEqual(await swept(store, { [flag]: 'allow' }), { kept: 2, deleted: 1, bytes: 7 })
  }
})

test('stops when a linked block is corrupt, and deletes nothing', async () => {
  const backend = createMemoryBackend()
  const store = await openStore(backend)
  const cid = await store.transact(async (transaction) => {
    leaf(transaction, 'garbage')
    const cid = node(transaction, leaf(transaction, 'tides'))
    await transaction.setLabel('root', undefined, cid)
    return cid
  })
  const changed = encodeDagCbor({ links: [] })
  await backend.batch([{ type: 'put', key: keyOfBlock(cid.multihash.bytes), value: changed }], {
    durable: false,
  })
  const stopped = await collect(await openStore(backend))
  assert.equal(stopped.refused?.code, 'INCOMPLETE')
  assert.deepEqual(stopped.report?.damage.corrupt, { count: 1, first: [cid] })
  assert.deepEqual(await isHere(store, nameOf('tides'), nameOf('garbage')), [true, true])
})

test('an aborted collection ends, and leaves a store that can be collected', async () => {
  const store = await openStore()
  await store.transact((transaction) => void leaf(transaction, 'garbage'))
  const reason = new Error('enough')
  await assert.rejects(collect(store, { signal: AbortSignal.abort(reason) }), reason)
  assert.deepEqual(await swept(store), { kept: 0, deleted: 1, bytes: 7 })
})

test('throws for a store that is only like one', async () => {
  const store = await openStore()
  const wrapped = { ...store, snapshot: () => store.snapshot() } as Store
  assert.throws(() => collect(wrapped), TypeError)
})

// What the next tests do between mark and sweep: `deleteBlocks` is called only then.
async function collectAround(store: Store, between: () => Promise<void>, options: CollectOptions = {}) {
  const care = careOf(store)
  let done = false
  return collectWith(
    {
      ...care,
      deleteBlocks: async (...deletion) => {
        if (!done) await between()
        done = true
        return care.deleteBlocks(...deletion)
      },
    },
    store,
    options,
  )
}

async function storeWithGarbage(): Promise<{ readonly store: Store; readonly parent: CID }> {
  const store = await openStore()
  const parent = await store.transact((transaction) => node(transaction, leaf(transaction, 'tides')))
  return { store, parent }
}

test('spares garbage that a label, a pin or an entry comes to name meanwhile, and all it leads to', async () => {
  const namings: [string, (transaction: Transaction, parent: CID) => unknown][] = [
    ['label', (transaction, parent) => transaction.setLabel('a', undefined, parent)],
    ['pin', (transaction, cid) => pin(transaction, { cid, owner: 'alice' })],
    ['entry', (transaction, parent) => transaction.put('notes', utf8('a'), parent.bytes)],
    [
      'link of a new block',
      (transaction, parent) => transaction.setLabel('a', undefined, node(transaction, parent)),
    ],
  ]
  const named = (space: string, _key: Uint8Array, value: Uint8Array) =>
    space === 'notes' ? [parseCid(value).ok!] : []
  for (const [name, naming] of namings) {
    const { store, parent } = await storeWithGarbage()
    const between = () => store.transact(async (transaction) => void (await naming(transaction, parent)))
    const collected = await collectAround(store, between, { named })
    assert.equal(collected.ok?.deleted, 0, name)
    assert.deepEqual(await isHere(store, parent, nameOf('tides')), [true, true], name)
  }
})

test('spares blocks that are put again, or for the first time, meanwhile', async () => {
  const { store, parent } = await storeWithGarbage()
  const collected = await collectAround(store, async () => {
    await store.transact((transaction) => void leaf(transaction, 'new'))
    await store.transact((transaction) => void leaf(transaction, 'tides'))
  })
  assert.equal(collected.ok?.deleted, 1)
  assert.deepEqual(await isHere(store, parent, nameOf('tides'), nameOf('new')), [false, true, true])
})

test('a transaction that found a block deleted before its commit runs again and finds it gone', async () => {
  const { store, parent } = await storeWithGarbage()
  const found: boolean[] = []
  await store.transact(async (transaction) => {
    found.push((await transaction.getBlock(parent)) !== undefined)
    if (found.length === 1) await swept(store)
    await transaction.setLabel('last', undefined, found.at(-1) ? parent : leaf(transaction, 'gone'))
  })
  assert.deepEqual(found, [true, false])
})

test('a transaction that puts a block deleted before its commit leaves it in the store', async () => {
  const { store, parent } = await storeWithGarbage()
  let runs = 0
  await store.transact(async (transaction) => {
    runs++
    const cid = node(transaction, leaf(transaction, 'tides'))
    if (runs === 1) await swept(store)
    await transaction.setLabel('last', undefined, cid)
  })
  assert.equal(runs, 1)
  assert.deepEqual(await isHere(store, parent, nameOf('tides')), [true, true])
})

test('deletes what links before what is linked, so that what is found is whole', async () => {
  const store = await openStore()
  const chain: CID[] = []
  await store.transact((transaction) => {
    for (let i = 0; i < 1_200; i++) chain.unshift(node(transaction, ...chain.slice(0, 1)))
  })
  const care = careOf(store)
  let torn = 0
  const collected = await collectWith(
    {
      ...care,
      deleteBlocks: async (...deletion) => {
        const here = await isHere(store, ...chain)
        torn += here.filter((isHere, i) => isHere && here[i + 1] === false).length
        return care.deleteBlocks(...deletion)
      },
    },
    store,
    {},
  )
  assert.deepEqual([collected.ok?.deleted, torn], [1_200, 0])
})

test('what a commit says that cannot be understood ends the collection, not the commit', async () => {
  const { store, parent } = await storeWithGarbage()
  const named = (space: string) => {
    if (space === 'odd') throw new RangeError('no such entry')
    return []
  }
  const between = () => store.transact((transaction) => transaction.put('odd', utf8('a'), utf8('b')))
  await assert.rejects(collectAround(store, between, { named }), RangeError)
  assert.deepEqual(await isHere(store, parent), [true])
})

test('passes over what stays without reading it a second time', async () => {
  const inner = createMemoryBackend()
  const read = { values: 0 }
  const backend: Backend = {
    name: 'counting',
    batch: (writes, options) => inner.batch(writes, options),
    close: () => inner.close(),
    snapshot: () => {
      const snapshot = inner.snapshot()
      return {
        get: (key) => {
          if (key[0] === keyOfBlock(new Uint8Array(0))[0]) read.values++
          return snapshot.get(key)
        },
        range: async function* (range) {
          for await (const entry of snapshot.range(range)) {
            if (entry[0][0] === keyOfBlock(new Uint8Array(0))[0]) read.values++
            yield entry
          }
        },
        keys: (range) => snapshot.keys!(range),
        close: () => snapshot.close(),
      }
    },
  }
  const store = await openStore(backend)
  await store.transact(async (transaction) => {
    const leaves = Array.from({ length: 20 }, (_, at) => leaf(transaction, `kept ${at}`))
    await transaction.setLabel('root', undefined, node(transaction, ...leaves))
    leaf(transaction, 'garbage')
  })
  read.values = 0
  assert.deepEqual(await swept(store), { kept: 21, deleted: 1, bytes: 7 })
  assert.equal(read.values, 22)
})
