/** Blocks that one store deletes, under the eyes of another store over the same backend. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CODEC, hashBlock } from '../cid.ts'
import { careOf } from '../store-care.ts'
import { createStore } from '../store.ts'
import { nodeCrypto } from './node-crypto.ts'
import { SharedMemory } from '../../conformance/test/shared-memory.ts'
import type { Store } from '../interface.ts'
import type { Faults } from '../../conformance/test/shared-memory.ts'

const TIDES = new TextEncoder().encode('tides')
const tides = hashBlock(nodeCrypto.sha256, CODEC.raw, TIDES)

async function openBoth(faults: Faults = {}): Promise<[alice: Store, bob: Store]> {
  const memory = new SharedMemory()
  const open = () => createStore({ backend: memory.open(faults), crypto: nodeCrypto })
  const [alice, bob] = [await open(), await open()]
  // Whoever has not written yet knows of no batch, and takes everything for changed.
  await bob.transact((transaction) => transaction.put('moons', TIDES, TIDES))
  return [alice, bob]
}

const putTides = (store: Store) => store.transact((transaction) => transaction.putBlock(TIDES))
const deleteTides = (store: Store) =>
  careOf(store).deleteBlocks([tides.multihash.bytes], { isAdmitted: () => true })

/** Bob finds the block and names it; meanwhile something happens. Answers what he found, attempt by attempt. */
async function findAndName(bob: Store, meanwhile: () => Promise<unknown>): Promise<boolean[]> {
  const found: boolean[] = []
  await bob.transact(async (transaction) => {
    found.push((await transaction.getBlock(tides)) !== undefined)
    if (found.length === 1) await meanwhile()
    // Nothing else is looked at: the block alone makes the conflict.
    if (found.at(-1) === true) transaction.put('names', TIDES, tides.bytes)
    else transaction.delete('names', TIDES)
  })
  return found
}

for (const [name, faults] of [
  ['', {}],
  [', also where it is not known what was written', { forgetful: () => true }],
] as const) {
  test(`who found a block that another store deletes runs again, and does not find it${name}`, async () => {
    const [alice, bob] = await openBoth(faults)
    await putTides(alice)
    assert.deepEqual(await findAndName(bob, () => deleteTides(alice)), [true, false])
    using snapshot = alice.snapshot()
    assert.equal(await snapshot.get('names', TIDES), undefined)
  })
}

test('who found a block that another store puts again, or deletes something else beside, goes on', async () => {
  const [alice, bob] = await openBoth()
  await putTides(alice)
  const meanwhile = async () => {
    await putTides(alice)
    await alice.transact((transaction) => transaction.delete('moons', TIDES))
  }
  assert.deepEqual(await findAndName(bob, meanwhile), [true])
})

test('who puts the block that another store deletes leaves it there', async () => {
  const [alice, bob] = await openBoth()
  await putTides(alice)
  await bob.transact(async (transaction) => {
    await transaction.setLabel('a', undefined, transaction.putBlock(TIDES))
    await deleteTides(alice)
  })
  using snapshot = alice.snapshot()
  assert.equal(await snapshot.hasBlock(tides), true)
})
