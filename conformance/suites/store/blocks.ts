/** Blocks: named by their content, and never by anything else. */
import assert from 'node:assert/strict'
import { CID } from 'multiformats/cid'
import { BLOCK_BYTES_MAX } from 'promisegrid/promisebase'
import { bytes, nameOf, refuses, view } from './kit.ts'
import type { Check } from './subject.ts'

export function blocks(check: Check): void {
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
