import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMemoryBackend } from '../../backend-memory.ts'
import { encodeDagCbor } from '../../cbor/encode.ts'
import { CODEC } from '../../cid.ts'
import { keyOfBlock } from '../../keys.ts'
import { createStore } from '../../store.ts'
import { nodeCrypto } from '../../test/node-crypto.ts'
import { pin } from '../pins.ts'
import { repair } from '../repair.ts'
import { verifyGraph } from '../verify-graph.ts'
import type { CID } from 'multiformats/cid'
import type { Backend, Store } from '../../interface.ts'
import type { RepairSource } from '../repair.ts'

const utf8 = (text: string) => new TextEncoder().encode(text)
const openStore = (backend: Backend) => createStore({ backend, crypto: nodeCrypto })

interface Fixture {
  readonly store: Store
  readonly root: CID
  readonly middle: CID
  readonly leaf: CID
  /** Changes the bytes of a block on the disk, or removes them. */
  readonly damage: (cid: CID, bytes?: Uint8Array) => Promise<void>
}

/** A label over a block over a block over a leaf. */
async function fixture(): Promise<Fixture> {
  const backend = createMemoryBackend()
  const store = await openStore(backend)
  const cids = await store.transact(async (transaction) => {
    const leaf = transaction.putBlock(utf8('tides'))
    const middle = transaction.putBlock(encodeDagCbor({ leaf }), CODEC.dagCbor)
    const root = transaction.putBlock(encodeDagCbor([middle, leaf]), CODEC.dagCbor)
    await transaction.setLabel('root', undefined, root)
    return { leaf, middle, root }
  })
  const damage = async (cid: CID, bytes?: Uint8Array) => {
    const key = keyOfBlock(cid.multihash.bytes)
    const write = bytes ? ({ type: 'put', key, value: bytes } as const) : ({ type: 'delete', key } as const)
    await backend.batch([write], { durable: false })
    // What the store does not know of is seen by a snapshot after its next commit only.
    await store.transact((transaction) => transaction.put('any', utf8('key'), utf8('value')))
  }
  return { store, ...cids, damage }
}

const sourceOf =
  (store: Store): RepairSource =>
  async (cid) => {
    using snapshot = store.snapshot()
    return await snapshot.getBlock(cid)
  }

test('finds a whole store whole', async () => {
  const { store } = await fixture()
  const report = await verifyGraph(store)
  assert.deepEqual([report.isWhole, report.reachable], [true, 3])
})

test('finds what is missing and what is corrupt, leaves included, and names the first of them', async () => {
  const { store, middle, leaf, damage } = await fixture()
  await damage(leaf, utf8('tidal'))
  const corrupt = await verifyGraph(store)
  assert.equal(corrupt.isWhole, false)
  assert.deepEqual(corrupt.damage.corrupt, { count: 1, first: [leaf] })
  await damage(middle)
  await damage(leaf)
  const { damage: found, danglingLabels } = await verifyGraph(store, { firstMax: 1 })
  assert.equal(found.missing.count, 2)
  assert.equal(found.missing.first.length, 1)
  assert.equal(danglingLabels.count, 0)
})

test('finds labels and pins without their block, and blocks that are not what their codec says', async () => {
  const { store, root, leaf, damage } = await fixture()
  const odd = await store.transact(async (transaction) => {
    await pin(transaction, { cid: leaf, owner: 'alice', kind: 'direct' })
    const odd = transaction.putBlock(utf8('no cbor'), CODEC.dagCbor)
    await transaction.setLabel('odd', undefined, odd)
    await transaction.setLabel('opaque', undefined, transaction.putBlock(utf8('{}'), 0x0129))
    return odd
  })
  await damage(root)
  await damage(leaf)
  const report = await verifyGraph(store)
  assert.deepEqual(report.danglingLabels, { count: 1, first: [{ name: 'root', cid: root }] })
  assert.deepEqual(report.absentPins, { count: 1, first: [{ name: 'alice', cid: leaf }] })
  assert.deepEqual(report.damage.undecodable, { count: 1, first: [odd] })
  assert.equal(report.damage.opaque.count, 1)
  assert.equal(report.isWhole, false)
})

test('mends what a source has, and what lies below it', async () => {
  const { store, middle, leaf, damage } = await fixture()
  const { store: whole } = await fixture()
  await damage(middle)
  await damage(leaf, utf8('tidal'))
  const report = await repair(store, { source: sourceOf(whole) })
  assert.deepEqual([report.isWhole, report.mended], [true, 2])
  assert.equal((await verifyGraph(store)).isWhole, true)
  assert.equal((await repair(store, { source: sourceOf(whole) })).mended, 0)
})

test('takes nothing from a source that gives other bytes, and says what it could not mend', async () => {
  const { store, middle, leaf, damage } = await fixture()
  await damage(middle)
  await damage(leaf)
  const lies = await repair(store, { source: async () => utf8('something else') })
  assert.deepEqual([lies.isWhole, lies.mended, lies.wrong.count, lies.damage.missing.count], [false, 0, 2, 2])
  const nothing = await repair(store, { source: async () => undefined })
  assert.deepEqual([nothing.wrong.count, nothing.damage.missing.count], [0, 2])
  assert.deepEqual((await verifyGraph(store)).damage.missing.count, 2)
})

test('a source that fails ends the repair, and what was mended before stays', async () => {
  const { store, root, middle, damage } = await fixture()
  const { store: whole } = await fixture()
  await damage(root)
  await damage(middle)
  const reason = new Error('the peer is gone')
  const source: RepairSource = async (cid) => {
    if (!cid.equals(root)) throw reason
    return sourceOf(whole)(cid)
  }
  await assert.rejects(repair(store, { source }), reason)
  assert.deepEqual((await verifyGraph(store)).damage.missing, { count: 1, first: [middle] })
})

test('stops when it is told to', async () => {
  const { store } = await fixture()
  await assert.rejects(verifyGraph(store, { signal: AbortSignal.abort(new Error('enough')) }), /enough/)
})
