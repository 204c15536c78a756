import assert from 'node:assert/strict'
import { test } from 'node:test'
import { importBytes } from 'ipfs-unixfs-importer'
import { fixedSize } from 'ipfs-unixfs-importer/chunker'
import { balanced, trickle } from 'ipfs-unixfs-importer/layout'
import { CID } from 'multiformats/cid'
import { CODEC, createCid, hashBlock } from '../../cid.ts'
import { nodeCrypto } from '../../test/node-crypto.ts'
import { openContent } from '../open-content.ts'
import { encodeFields, fieldsOf } from '../protobuf.ts'
import { readContentStream } from '../read-stream.ts'
import { encodeUnixfsNode } from '../unixfs-block.ts'
import { UNIXFS_LAYOUTS } from '../unixfs-builder.ts'
import { writeContent } from '../write-content.ts'
import { openStore, randomBytes, readAll } from './kit.ts'
import type { Store } from '../../interface.ts'
import type { UnixfsLayout } from '../unixfs-builder.ts'

const KIB = 1024
const MIB = 1024 * KIB

/** How the importer of Helia names content; its blocks go into the store when there is one. */
async function oracle(bytes: Uint8Array, options: object, store?: Store): Promise<CID> {
  const blocks: [CID, Uint8Array][] = []
  const blockstore = {
    put: async (cid: CID, block: Uint8Array) => {
      blocks.push([cid, block])
      return cid
    },
  }
  type Blockstore = Parameters<typeof importBytes>[1]
  const { cid } = await importBytes(bytes, blockstore as unknown as Blockstore, options)
  await store?.transact((transaction) => {
    for (const [name, block] of blocks)
      transaction.putBlockAs(createCid(name.code, name.multihash.digest), block)
  })
  return cid
}

const layoutOf = ({ chunkBytes, links }: UnixfsLayout) => ({
  ...{ chunker: fixedSize({ chunkSize: chunkBytes }), layout: balanced({ maxChildrenPerNode: links }) },
  ...{ cidVersion: 1 as const, rawLeaves: true, reduceSingleLeafToSelf: true },
})

async function assertSame(store: Store, length: number, unixfs: UnixfsLayout): Promise<void> {
  const bytes = randomBytes('unixfs', length)
  const { cid, size } = await writeContent(store, bytes, { format: 'unixfs', unixfs })
  assert.equal(cid.toString(), (await oracle(bytes, layoutOf(unixfs))).toString(), `${length} bytes`)
  assert.equal(size, length)
  if (unixfs.chunkBytes >= KIB) assert.deepEqual(await readAll(store, cid), bytes)
}

test('names files as the tools of IPFS do, by default as kubo', async () => {
  const store = await openStore()
  const { kubo, helia } = UNIXFS_LAYOUTS
  for (const length of [0, 1, 256 * KIB - 1, 256 * KIB, 256 * KIB + 1, 2 * MIB, 3 * MIB + 5])
    await assertSame(store, length, kubo)
  for (const length of [0, 256 * KIB + 1, MIB, MIB + 1, 3 * MIB]) await assertSame(store, length, helia)
  const bytes = randomBytes('unixfs', MIB)
  const usual = await writeContent(store, bytes, { format: 'unixfs' })
  assert.deepEqual(usual, await writeContent(store, bytes, { format: 'unixfs', unixfs: kubo }))
})

test('names files as they do where a node is full and another one begins', async () => {
  const store = await openStore()
  for (const chunks of [173, 174, 175, 348, 349])
    await assertSame(store, chunks * KIB, { chunkBytes: KIB, links: 174 })
  for (const chunks of [1023, 1024, 1025])
    await assertSame(store, chunks * 64, { chunkBytes: 64, links: 1024 })
  for (const chunks of [2, 3, 4, 9, 10, 27, 28])
    await assertSame(store, chunks * 32 - 5, { chunkBytes: 32, links: 3 })
  await assertSame(store, 30 * 30 * 8 + 1, { chunkBytes: 8, links: 30 })
})

test('gives the CIDs that are known to the world', async () => {
  const store = await openStore()
  const cidOf = async (text: string): Promise<string> =>
    (await writeContent(store, new TextEncoder().encode(text), { format: 'unixfs' })).cid.toString()
  assert.equal(await cidOf(''), 'bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku')
  assert.equal(await cidOf('hello world'), 'bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e')
})

test('reads what others have written: leaves of dag-pb, other layouts, old CIDs', async () => {
  const store = await openStore()
  const small = { chunker: fixedSize({ chunkSize: KIB }), layout: balanced({ maxChildrenPerNode: 5 }) }
  const bytes = randomBytes('others', 100 * KIB + 7)
  for (const options of [
    { ...small, cidVersion: 1, rawLeaves: false },
    { ...small, cidVersion: 0, rawLeaves: false },
    { ...small, cidVersion: 1, rawLeaves: true, leafType: 'raw' },
    { ...small, cidVersion: 1, rawLeaves: true, layout: trickle() },
    { ...small, cidVersion: 1, rawLeaves: false, leafType: 'raw', layout: trickle() },
  ]) {
    const cid = await oracle(bytes, options, store)
    assert.deepEqual(await readAll(store, cid), bytes)
    for (const [offset, length] of [
      [0, 1],
      [5 * KIB - 1, 2],
      [50_000, 30_000],
      [100 * KIB, 100],
    ] as const)
      assert.deepEqual(await readAll(store, cid, { offset, length }), bytes.slice(offset, offset + length))
  }
  for (const length of [0, 1]) {
    const cid = await oracle(randomBytes('one', length), { cidVersion: 0, rawLeaves: false }, store)
    assert.equal(cid.version, 0)
    assert.deepEqual(await readAll(store, cid), randomBytes('one', length))
  }
})

test('is the content of streams alone: arguments of messages are blocks as they are', async () => {
  const store = await openStore()
  const { cid } = await writeContent(store, randomBytes('kernel', 300 * KIB), { format: 'unixfs' })
  using snapshot = store.snapshot()
  const opened = await openContent(snapshot, cid, MIB)
  assert.deepEqual(await opened.ok?.read(), { ok: await snapshot.getBlock(cid) })
})

test('refuses layouts that no file can have', async () => {
  const store = await openStore()
  for (const unixfs of [
    { chunkBytes: 0, links: 174 },
    { chunkBytes: MIB + 1, links: 174 },
    { chunkBytes: MIB, links: 1 },
    { chunkBytes: MIB, links: 2.5 },
    { chunkBytes: MIB, links: 8_193 },
  ])
    await assert.rejects(writeContent(store, [], { format: 'unixfs', unixfs }), RangeError)
})

// ----------------------------------------------------------------------------- nodes that are no files

const leaf = randomBytes('leaf', KIB)
const leafCid = hashBlock(nodeCrypto.sha256, CODEC.raw, leaf)
const part = { cid: leafCid, size: KIB, blockBytes: KIB }

const putNode = (store: Store, block: Uint8Array): Promise<CID> =>
  store.transact((transaction) => {
    transaction.putBlock(leaf)
    return transaction.putBlock(block, CODEC.dagPb)
  })

/** A node out of fields that may be wrong. */
const nodeOf = (
  links: readonly Uint8Array[],
  data: readonly (readonly [number, number | Uint8Array])[],
): Uint8Array =>
  encodeFields([
    ...links.map((value) => ({ number: 2, value })),
    { number: 1, value: encodeFields(data.map(([number, value]) => ({ number, value }))) },
  ])
const linkTo = (cid: Uint8Array): Uint8Array => encodeFields([{ number: 1, value: cid }])

test('reads a node whatever the order of its fields, with bytes of its own before its parts', async () => {
  const store = await openStore()
  const link = { number: 2, value: linkTo(leafCid.bytes) }
  const data = {
    number: 1,
    value: encodeFields([
      { number: 4, value: KIB },
      { number: 2, value: Uint8Array.of(7) },
      { number: 1, value: 2 },
    ]),
  }
  const cid = await putNode(store, encodeFields([data, link]))
  assert.deepEqual(await readAll(store, cid), Uint8Array.of(7, ...leaf))
  assert.deepEqual(await readAll(store, cid, { offset: 1, length: 3 }), leaf.slice(0, 3))
  assert.deepEqual(await readAll(store, cid, { offset: 0, length: 1 }), Uint8Array.of(7))
})

test('refuses nodes that are no file, or not what they say', async () => {
  const store = await openStore()
  const to = linkTo(leafCid.bytes)
  const other = createCid(CODEC.dagCbor, leafCid.multihash.digest).bytes
  const unknownHash = Uint8Array.of(1, 0x55, 0x11, 20, ...new Uint8Array(20))
  const identity = Uint8Array.of(1, 0x55, 0, 1, 7)
  const wrong: Record<string, Uint8Array> = {
    nothing: new Uint8Array(0),
    'no protobuf': Uint8Array.of(0xff, 0xff),
    'a field of 32 bits': Uint8Array.of(0x0d, 0, 0, 0, 0),
    'a field that is cut': encodeUnixfsNode([part, part]).slice(0, -1),
    'a number without end': Uint8Array.of(0x08, ...new Uint8Array(20).fill(0xff)),
    'a field of no node': encodeFields([{ number: 3, value: 1 }]),
    'data that are a number': encodeFields([{ number: 1, value: 1 }]),
    'data twice': encodeFields([
      { number: 1, value: Uint8Array.of(8, 2) },
      { number: 1, value: Uint8Array.of(8, 2) },
    ]),
    'no type': nodeOf([], []),
    'a folder': nodeOf([], [[1, 1]]),
    metadata: nodeOf([], [[1, 3]]),
    'a link': nodeOf([], [[1, 4]]),
    'a shard': nodeOf([], [[1, 5]]),
    'a length that is wrong': nodeOf(
      [to],
      [
        [1, 2],
        [3, KIB + 1],
        [4, KIB],
      ],
    ),
    'a length that is bytes': nodeOf(
      [to],
      [
        [1, 2],
        [3, Uint8Array.of(1)],
        [4, KIB],
      ],
    ),
    'more parts than lengths': nodeOf(
      [to, to],
      [
        [1, 2],
        [4, KIB],
      ],
    ),
    'more lengths than parts': nodeOf(
      [to],
      [
        [1, 2],
        [4, KIB],
        [4, 0],
      ],
    ),
    'a part shorter than it says': nodeOf(
      [to],
      [
        [1, 2],
        [4, KIB + 1],
      ],
    ),
    'a part longer than it says': nodeOf(
      [to],
      [
        [1, 2],
        [4, KIB - 1],
      ],
    ),
    'a part of another codec': nodeOf(
      [linkTo(other)],
      [
        [1, 2],
        [4, KIB],
      ],
    ),
    'a part of an unknown hash': nodeOf(
      [linkTo(unknownHash)],
      [
        [1, 2],
        [4, KIB],
      ],
    ),
    'a part that is its own name': nodeOf(
      [linkTo(identity)],
      [
        [1, 2],
        [4, 1],
      ],
    ),
    'a part that is no CID': nodeOf(
      [linkTo(Uint8Array.of(1, 2, 3))],
      [
        [1, 2],
        [4, KIB],
      ],
    ),
    'a link without a CID': nodeOf(
      [encodeFields([{ number: 3, value: 1 }])],
      [
        [1, 2],
        [4, KIB],
      ],
    ),
    'too many short parts': nodeOf(
      Array.from({ length: 65 }, () => to),
      [[1, 2], ...Array.from({ length: 65 }, () => [4, 1] as const)],
    ),
  }
  for (const [what, block] of Object.entries(wrong)) {
    const cid = await putNode(store, block)
    await assert.rejects(readAll(store, cid), { name: 'ContentError', code: 'SHAPE' }, what)
  }
  const absent = hashBlock(nodeCrypto.sha256, CODEC.raw, Uint8Array.of(9))
  const gone = await putNode(
    store,
    nodeOf(
      [linkTo(absent.bytes)],
      [
        [1, 2],
        [4, 1],
      ],
    ),
  )
  await assert.rejects(readAll(store, gone), { code: 'MISSING' })
  assert.deepEqual(fieldsOf(Uint8Array.of(0x08, 0x96, 0x01)), [{ number: 1, value: 150 }])
})

test('refuses nodes nested without need, and gives no block for parts of no bytes', async () => {
  const store = await openStore()
  const nest = async (levels: number): Promise<CID> =>
    levels === 0
      ? leafCid
      : putNode(
          store,
          nodeOf(
            [linkTo((await nest(levels - 1)).bytes)],
            [
              [1, 2],
              [4, KIB],
            ],
          ),
        )
  assert.deepEqual(await readAll(store, await nest(32)), leaf)
  await assert.rejects(readAll(store, await nest(33)), { code: 'SHAPE', message: /deeper than 32/ })
  const absent = CID.createV1(CODEC.dagPb, leafCid.multihash)
  const empty = nodeOf(
    [linkTo(absent.bytes), linkTo(leafCid.bytes)],
    [
      [1, 2],
      [4, 0],
      [4, KIB],
    ],
  )
  assert.deepEqual(await readAll(store, await putNode(store, empty)), leaf)
})

test('looks at nothing that holds no byte, however many ways lead there', async () => {
  const blocks = new Map<string, Uint8Array>()
  const put = (codec: number, block: Uint8Array): CID => {
    const cid = hashBlock(nodeCrypto.sha256, codec, block)
    blocks.set(cid.toString(), block)
    return cid
  }
  const letter = { cid: put(CODEC.raw, Uint8Array.of(97)), size: 1, blockBytes: 1 }
  let nothing = put(CODEC.raw, new Uint8Array(0))
  for (let depth = 0; depth < 3; depth++) {
    const parts = Array.from({ length: 60 }, () => ({ cid: nothing, size: 0, blockBytes: 0 }))
    nothing = put(CODEC.dagPb, encodeUnixfsNode(parts))
  }
  const between = { cid: nothing, size: 0, blockBytes: 0 }
  const root = put(CODEC.dagPb, encodeUnixfsNode([letter, between, letter]))
  let reads = 0
  const getBlock = async (cid: CID): Promise<Uint8Array | undefined> => {
    reads += 1
    return blocks.get(cid.toString())
  }
  const pieces: Uint8Array[] = []
  for await (const piece of readContentStream({ getBlock }, root)) pieces.push(piece)
  assert.deepEqual(pieces, [Uint8Array.of(97), Uint8Array.of(97)])
  // The root and both letters.
  assert.equal(reads, 3)
})
