import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMemoryBackend } from '../../backend-memory.ts'
import { encodeDagCbor } from '../../cbor/encode.ts'
import { CODEC, hashBlock } from '../../cid.ts'
import { createStore } from '../../store.ts'
import { BLOCK_BYTES_MAX } from '../../store-limits.ts'
import { nodeCrypto } from '../../test/node-crypto.ts'
import { readContent } from '../open-content.ts'
import { storeContent } from '../store-content.ts'
import { isTreeBlock } from '../tree-block.ts'
import type { CID } from 'multiformats/cid'
import type { CborInput } from '../../cbor/value.ts'
import type { Store } from '../../interface.ts'

const MANY = 64 * 1024 * 1024

const openStore = () => createStore({ backend: createMemoryBackend(), crypto: nodeCrypto })

const nameOf = (text: string, codec: number = CODEC.raw) => hashBlock(nodeCrypto.sha256, codec, bytes(text))

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

function content(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 31 + (i >>> 12)) & 0xff)
}

async function read(store: Store, cid: CID, bytesMax = MANY) {
  using snapshot = store.snapshot()
  return await readContent(snapshot, cid, bytesMax)
}

/** Stores the parts and a block that claims to be their tree. */
async function storeTree(
  store: Store,
  parts: readonly string[],
  tree: (parts: CID[]) => CborInput,
): Promise<CID> {
  return store.transact((transaction) => {
    const cids = parts.map((part) => transaction.putBlock(bytes(part)))
    return transaction.putBlock(encodeDagCbor(tree(cids)), CODEC.dagCbor)
  })
}

test('keeps content of one block as a raw block', async () => {
  const store = await openStore()
  for (const length of [0, 1, BLOCK_BYTES_MAX]) {
    const cid = await store.transact((transaction) => storeContent(transaction, content(length)))
    assert.equal(cid.code, CODEC.raw)
    assert.deepEqual(await read(store, cid), { ok: content(length) })
  }
})

test('cuts longer content into parts and joins them again', async () => {
  const store = await openStore()
  for (const length of [BLOCK_BYTES_MAX + 1, 2 * BLOCK_BYTES_MAX, 2 * BLOCK_BYTES_MAX + 5]) {
    const cid = await store.transact(async (transaction) => {
      const cid = storeContent(transaction, content(length))
      assert.deepEqual(await readContent(transaction, cid, length), { ok: content(length) })
      return cid
    })
    assert.equal(cid.code, CODEC.dagCbor)
    assert.deepEqual(await read(store, cid, length), { ok: content(length) })
    assert.equal((await read(store, cid, length - 1)).refused?.code, 'LIMIT')
  }
})

test('writes the tree block of the specification', async () => {
  const store = await openStore()
  const long = new Uint8Array(BLOCK_BYTES_MAX + 1)
  const cid = await store.transact((transaction) => storeContent(transaction, long))
  using snapshot = store.snapshot()
  const parts = [long.subarray(1), long.subarray(BLOCK_BYTES_MAX)].map((part) =>
    hashBlock(nodeCrypto.sha256, CODEC.raw, part),
  )
  const block = await snapshot.getBlock(cid)
  assert.deepEqual(block, encodeDagCbor({ parts, size: long.length, tree: 1 }))
  assert.equal(isTreeBlock(block!), true)
})

test('joins parts of any lengths, the same one twice', async () => {
  const store = await openStore()
  const cid = await storeTree(store, ['a', 'bcd'], ([a, bcd]) => ({
    size: 8,
    tree: 1,
    parts: [bcd!, a!, a!, bcd!],
  }))
  assert.deepEqual(await read(store, cid), { ok: bytes('bcdaabcd') })
})

test('gives other blocks as they are, whatever they look like', async () => {
  const store = await openStore()
  const like = encodeDagCbor({ size: 1, tree: 1, parts: [] })
  const other = encodeDagCbor({ size: 1, tree: 1, part: [] })
  const more = encodeDagCbor({ size: 1, tree: 1, parts: [], more: 1 })
  for (const [block, codec] of [
    [like, CODEC.raw],
    [like, CODEC.cbor],
    [other, CODEC.dagCbor],
    [more, CODEC.dagCbor],
    [encodeDagCbor([1, 2]), CODEC.dagCbor],
    [Uint8Array.of(0xa3), CODEC.dagCbor],
    [new Uint8Array(0), CODEC.dagCbor],
  ] as const) {
    const cid = await store.transact((transaction) => transaction.putBlock(block, codec))
    assert.deepEqual(await read(store, cid), { ok: block })
    assert.equal((await read(store, cid, block.length - 1)).refused?.code, 'LIMIT')
  }
  assert.deepEqual([like, other, more].map(isTreeBlock), [true, false, false])
})

test('answers MISSING for an absent block and for an absent part', async () => {
  const store = await openStore()
  assert.equal((await read(store, nameOf('absent'))).refused?.code, 'MISSING')
  const cid = await storeTree(store, ['a'], ([a]) => ({ size: 7, tree: 1, parts: [a!, nameOf('absent')] }))
  const { refused } = await read(store, cid)
  assert.equal(refused?.code, 'MISSING')
  assert.match(refused!.detail, new RegExp(nameOf('absent').toString()))
})

test('refuses a tree above the bound before it reads a part', async () => {
  const store = await openStore()
  const parts = [nameOf('absent')]
  const cid = await storeTree(store, [], () => ({ size: 1000, tree: 1, parts }))
  assert.equal((await read(store, cid, 999)).refused?.code, 'LIMIT')
  assert.equal((await read(store, cid, 1000)).refused?.code, 'MISSING')
})

test('refuses trees that are not what they say', async () => {
  const store = await openStore()
  const trees: Record<string, (parts: CID[]) => CborInput> = {
    'size too small': (parts) => ({ size: 5, tree: 1, parts }),
    'size too large': (parts) => ({ size: 7, tree: 1, parts }),
    'size of nothing': (parts) => ({ size: 0, tree: 1, parts }),
    'negative size': (parts) => ({ size: -6, tree: 1, parts }),
    'size as text': (parts) => ({ size: '6', tree: 1, parts }),
    'size that no parts can have': (parts) => ({ size: 2 * BLOCK_BYTES_MAX + 1, tree: 1, parts }),
    'size beyond numbers': (parts) => ({ size: 2n ** 63n, tree: 1, parts }),
    'no parts': () => ({ size: 6, tree: 1, parts: [] }),
    'parts as a map': () => ({ size: 6, tree: 1, parts: {} }),
    'parts as text': (parts) => ({ size: 6, tree: 1, parts: parts.map(String) }),
    'a part of another codec': ([abc]) => ({ size: 6, tree: 1, parts: [abc!, nameOf('def', CODEC.dagCbor)] }),
    'an empty part': (parts) => ({ size: 6, tree: 1, parts: [...parts, nameOf('')] }),
    'another version': (parts) => ({ size: 6, tree: 3, parts }),
    'version as text': (parts) => ({ size: 6, tree: '1', parts }),
  }
  const good = await storeTree(store, ['abc', 'def', ''], (parts) => ({
    size: 6,
    tree: 1,
    parts: parts.slice(0, 2),
  }))
  assert.deepEqual(await read(store, good), { ok: bytes('abcdef') })
  for (const [what, tree] of Object.entries(trees)) {
    const cid = await storeTree(store, ['abc', 'def', ''], (parts) => tree(parts.slice(0, 2)))
    assert.equal((await read(store, cid)).refused?.code, 'SHAPE', what)
  }
})

test('refuses a tree as part of a tree', async () => {
  const store = await openStore()
  const inner = await storeTree(store, ['abc'], (parts) => ({ size: 3, tree: 1, parts }))
  const outer = await storeTree(store, [], () => ({ size: 3, tree: 1, parts: [inner] }))
  assert.equal((await read(store, outer)).refused?.code, 'SHAPE')
})
