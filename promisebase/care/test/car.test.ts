import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CarIndexer, CarReader, CarWriter } from '@ipld/car'
import { fc } from '../../../conformance/test/laws.ts'
import { CID } from 'multiformats/cid'
import { Digest } from 'multiformats/hashes/digest'
import { openVectorSet } from '../../../conformance/vector-sets.ts'
import { createMemoryBackend } from '../../backend-memory.ts'
import { encodeDagCbor } from '../../cbor/encode.ts'
import { CODEC, createCid, parseCid } from '../../cid.ts'
import { BLOCK_BYTES_MAX } from '../../store-limits.ts'
import { createStore } from '../../store.ts'
import { nodeCrypto } from '../../test/node-crypto.ts'
import { exportCar } from '../car/export-car.ts'
import { encodeRegions, joinBytes, PRAGMA } from '../car/header.ts'
import { importCar } from '../car/import-car.ts'
import { encodeIndex } from '../car/offset-index.ts'
import { openCar } from '../car/read-car.ts'
import { encodeVarint } from '../car/varint.ts'
import { collect, inPieces, openMemoryStore, putNode, putText } from './car-source.ts'
import type { Store } from '../../interface.ts'
import type { ExportCarOptions } from '../car/export-car.ts'

const bytesOf = (text: string) => new TextEncoder().encode(text)

/** A root over two leaves, one of them reached twice, and a block that nothing links to. */
async function family(store: Store) {
  const alice = await putText(store, 'alice')
  const bob = await putText(store, 'bob')
  const pair = await putNode(store, { alice, bob })
  const root = await putNode(store, [pair, alice])
  await putText(store, 'mallory')
  return { alice, bob, pair, root }
}

async function exported(
  store: Store,
  roots: readonly CID[],
  options?: ExportCarOptions,
): Promise<Uint8Array> {
  using snapshot = store.snapshot()
  return await collect(exportCar(snapshot, roots, options))
}

async function refusalOf(car: Uint8Array, bytesMax?: number) {
  await using store = await openMemoryStore()
  const imported = await importCar(store, [car], bytesMax === undefined ? {} : { bytesMax })
  return imported.refused
}

/** A CAR of version 1 by hand. */
function car1(header: Uint8Array, ...sections: readonly Uint8Array[]): Uint8Array {
  const parts = [header, ...sections].flatMap((part) => [encodeVarint(part.length), part])
  return joinBytes(parts)
}

const HEADER = encodeDagCbor({ roots: [], version: 1 })
const blockOf = (bytes: Uint8Array, codec: number = CODEC.raw) =>
  joinBytes([createCid(codec, nodeCrypto.sha256(bytes)).bytes, bytes])

test('writes what is reachable, depth first and each block once, as another reader reads it', async () => {
  await using store = await openMemoryStore()
  const { alice, bob, pair, root } = await family(store)
  const reader = await CarReader.fromBytes(await exported(store, [root]))
  assert.deepEqual((await reader.getRoots()).map(String), [String(root)])
  const blocks: [string, Uint8Array][] = []
  for await (const { cid, bytes } of reader.blocks()) blocks.push([String(cid), bytes])
  assert.deepEqual(
    blocks.map(([cid]) => cid),
    [root, pair, bob, alice].map(String),
  )
  assert.deepEqual(new Uint8Array(blocks[3]![1]), bytesOf('alice'))
})

test('writes version 2 around the bytes of version 1, with an index that leads to every block', async () => {
  await using store = await openMemoryStore()
  const { alice, bob, pair, root } = await family(store)
  const inner = await exported(store, [root])
  const car = await exported(store, [root], { version: 2 })
  const reader = await CarReader.fromBytes(car)
  assert.equal(reader.version, 2)
  assert.deepEqual(car.subarray(51, 51 + inner.length), inner)
  const offsets = new Map<string, number>()
  for await (const { cid, offset } of await CarIndexer.fromBytes(inner)) offsets.set(String(cid), offset)
  const places = [root, pair, bob, alice].map((cid) => ({ cid, offset: offsets.get(String(cid))! }))
  assert.deepEqual(car.subarray(51 + inner.length), encodeIndex('multihash', places))
  const plain = await exported(store, [root], { version: 2, index: 'none' })
  assert.equal(plain.length, 51 + inner.length)
  assert.equal(plain[11], 0, 'is not fully indexed')
})

test('sorts an index by hash, width and digest, as others have it', (t) => {
  const set = openVectorSet('car-hamt')
  if (set.skipped !== undefined) return t.skip(set.skipped)
  const car = set.bytes('carv2-basic/carv2-basic.car')
  const { blocks, header } = set.json('carv2-basic/carv2-basic.json') as {
    blocks: { cid: { '/': string }; offset: number }[]
    header: { dataOffset: number; indexOffset: number }
  }
  const places = blocks.map(({ cid, offset }) => ({
    cid: CID.parse(cid['/']),
    offset: offset - header.dataOffset,
  }))
  // This file is older than the code at the beginning of an index: one more reason to believe none.
  const older = encodeIndex('sorted', places).subarray(2)
  assert.deepEqual(car.subarray(header.indexOffset), older)
  const newer = encodeIndex('multihash', places)
  assert.deepEqual([...newer.subarray(0, 14)], [0x81, 8, 1, 0, 0, 0, 0x12, 0, 0, 0, 0, 0, 0, 0])
  assert.deepEqual(newer.subarray(14), older)
})

for (const version of [1, 2] as const) {
  test(`reads what others have published as version ${version}`, async (t) => {
    const set = openVectorSet('car-hamt')
    if (set.skipped !== undefined) return t.skip(set.skipped)
    const name = `carv${version}-basic/carv${version}-basic`
    const expected = set.json(`${name}.json`) as {
      blocks: { cid: { '/': string }; offset: number; blockLength: number; blockOffset: number }[]
      header: { roots: { '/': string }[] }
    }
    const car = set.bytes(`${name}.car`)
    const opened = await openCar([car])
    assert.ok(opened.ok, opened.refused?.detail)
    const asMultihash = (cid: CID) => Buffer.from(cid.multihash.bytes).toString('hex')
    const named = ({ '/': text }: { '/': string }) => asMultihash(CID.parse(text))
    assert.deepEqual(opened.ok.roots.map(asMultihash), expected.header.roots.map(named))
    for (const block of expected.blocks) {
      const next = await opened.ok.next()
      assert.ok(next.ok)
      assert.equal(asMultihash(next.ok.cid), named(block.cid))
      assert.equal(next.ok.offset, block.offset)
      assert.deepEqual(next.ok.bytes, car.slice(block.blockOffset, block.blockOffset + block.blockLength))
    }
    assert.deepEqual(await opened.ok.next(), { ok: undefined })
    await using store = await openMemoryStore()
    const imported = await importCar(store, inPieces(car, [1, 7, 64]))
    assert.equal(imported.ok?.blocks, expected.blocks.length)
    assert.deepEqual(
      imported.ok.roots.map(({ complete }) => complete),
      imported.ok.roots.map(() => true),
    )
  })
}

test('imports what it exported, whatever the pieces it comes in', async () => {
  await using from = await openMemoryStore()
  const node = fc.record({ links: fc.array(fc.nat(), { maxLength: 4 }), text: fc.string({ maxLength: 40 }) })
  const law = fc.asyncProperty(
    fc.array(node, { minLength: 1, maxLength: 12 }),
    fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 4 }),
    fc.constantFrom(1 as const, 2 as const),
    async (nodes, lengths, version) => {
      const cids: CID[] = []
      for (const { links, text } of nodes) {
        const linked = cids.length === 0 ? [] : links.map((link) => cids[link % cids.length]!)
        cids.push(await putNode(from, { linked, text }))
      }
      const root = cids.at(-1)!
      const car = await exported(from, [root], { version })
      await using to = await openMemoryStore()
      const imported = await importCar(to, inPieces(car, lengths))
      assert.deepEqual(imported.ok?.roots, [{ cid: root, complete: true }])
      assert.deepEqual(await exported(to, [root], { version }), car)
      const reader = await CarReader.fromBytes(car)
      const others: string[] = []
      for await (const cid of reader.cids()) others.push(String(cid))
      assert.equal(imported.ok.blocks, others.length)
      assert.equal(new Set(others).size, others.length)
    },
  )
  await fc.assert(law, { numRuns: 40 })
})

test('reads what another writer wrote', async () => {
  const bytes = bytesOf('alice')
  const cid = CID.createV1(
    CODEC.raw,
    new Digest(
      0x12,
      32,
      nodeCrypto.sha256(bytes),
      joinBytes([Uint8Array.of(0x12, 32), nodeCrypto.sha256(bytes)]),
    ),
  )
  const { writer, out } = CarWriter.create([cid])
  void writer.put({ cid, bytes }).then(() => writer.close())
  await using store = await openMemoryStore()
  const imported = await importCar(store, out)
  assert.deepEqual(imported.ok, {
    version: 1,
    roots: [{ cid: parseCid(cid.bytes).ok, complete: true }],
    blocks: 1,
    bytes: 5,
  })
  using snapshot = store.snapshot()
  assert.deepEqual(await snapshot.getBlock(cid), bytes)
})

test('says which roots are not complete, and does not guess where it did not look', async () => {
  await using store = await openMemoryStore()
  const { pair, root, bob } = await family(store)
  const car = await exported(store, [pair])
  const absent = createCid(CODEC.raw, nodeCrypto.sha256(bytesOf('absent')))
  const section = blockOf(encodeDagCbor({ absent }), CODEC.dagCbor)
  const half = parseCid(section.subarray(0, 36)).ok!
  const header = encodeDagCbor({ roots: [root, half, bob], version: 1 })
  const rest = car.subarray(encodeVarint(car[0]!).length + car[0]!)
  await using other = await openMemoryStore()
  const two = joinBytes([car1(header, section), rest])
  const imported = await importCar(other, [two])
  assert.deepEqual(
    imported.ok?.roots.map(({ complete }) => complete),
    [false, false, true],
  )
  const blind = await importCar(other, [two], { checkRoots: false })
  assert.deepEqual(
    blind.ok?.roots.map(({ complete }) => complete),
    [undefined, undefined, undefined],
  )
})

test('ends an export at a block that is not here, and leaves it out when asked to', async () => {
  await using store = await openMemoryStore()
  const absent = createCid(CODEC.raw, nodeCrypto.sha256(bytesOf('absent')))
  const root = await putNode(store, { absent })
  for (const version of [1, 2] as const)
    await assert.rejects(exported(store, [root], { version }), { name: 'StoreError', code: 'MISSING' })
  const car = await exported(store, [root, absent], { missing: 'skip' })
  await using other = await openMemoryStore()
  const imported = await importCar(other, [car])
  assert.deepEqual(
    imported.ok?.roots.map(({ complete }) => complete),
    [false, false],
  )
})

test('takes a block that is in its own name, and needs no section for one', async () => {
  const bytes = encodeDagCbor({ inline: true })
  const inline = CID.createV1(
    CODEC.dagCbor,
    new Digest(0, bytes.length, bytes, joinBytes([Uint8Array.of(0, bytes.length), bytes])),
  )
  await using store = await openMemoryStore()
  const root = await putNode(store, { inline })
  const reader = await CarReader.fromBytes(await exported(store, [root]))
  assert.equal(await reader.has(inline), false)
  const imported = await importCar(store, [car1(HEADER, joinBytes([inline.bytes, bytes]))])
  assert.equal(imported.ok?.blocks, 1)
  const other = await refusalOf(car1(HEADER, joinBytes([inline.bytes, bytesOf('other')])))
  assert.equal(other?.code, 'HASH')
})

test('refuses every beginning of a CAR that is not the whole, and says where it ends', async () => {
  await using from = await openMemoryStore()
  const { root } = await family(from)
  for (const version of [1, 2] as const) {
    const car = await exported(from, [root], { version })
    const edges = new Set<number>([car.length])
    const opened = await openCar([car])
    for (let next = await opened.ok!.next(); next.ok; next = await opened.ok!.next())
      edges.add(next.ok.offset)
    for (let length = 0; length < car.length; length += 3) {
      // Version 1 does not say how many sections there are: between two of them it may end.
      if (version === 1 && edges.has(length)) continue
      const refused = await refusalOf(car.slice(0, length))
      // An index that is there is not read, however short it is.
      if (version === 2 && length > new DataView(car.buffer).getUint32(43, true))
        assert.equal(refused, undefined)
      else assert.equal(refused?.code, 'TRUNCATED', `at ${length} of version ${version}`)
      if (refused) assert.match(refused.detail, new RegExp(`byte ${length}$`))
    }
  }
})

test('refuses a CAR in which one bit is flipped, or finds other roots', async () => {
  await using from = await openMemoryStore()
  const { root } = await family(from)
  const car = await exported(from, [root])
  const codes = new Set<string>()
  for (let at = 0; at < car.length; at++) {
    const changed = car.slice()
    changed[at]! ^= 1 << (at % 8)
    await using store = await openMemoryStore()
    const imported = await importCar(store, [changed])
    if (imported.refused) codes.add(imported.refused.code)
    // In the name of a root, or in the codec of a name.
    else assert.ok(imported.ok.roots.some(({ complete }) => complete === false) || at >= 59, `byte ${at}`)
  }
  for (const code of ['HASH', 'SHAPE', 'LIMIT', 'TRUNCATED', 'VERSION']) assert.ok(codes.has(code), code)
})

test('refuses headers, lengths and names that are none', async () => {
  const alice = blockOf(bytesOf('alice'))
  const refusals: readonly (readonly [string, Uint8Array, string])[] = [
    ['nothing at all', new Uint8Array(0), 'TRUNCATED'],
    ['a header of no bytes', car1(new Uint8Array(0)), 'SHAPE'],
    ['a header that is no map', car1(encodeDagCbor([])), 'SHAPE'],
    ['a header without roots', car1(encodeDagCbor({ version: 1 })), 'SHAPE'],
    ['a header with a third key', car1(encodeDagCbor({ roots: [], version: 1, more: 1 })), 'SHAPE'],
    ['a root that is text', car1(encodeDagCbor({ roots: ['x'], version: 1 })), 'SHAPE'],
    [
      'a header whose keys are out of order',
      car1(Uint8Array.of(0xa2, 0x67, ...bytesOf('version'), 1, 0x65, ...bytesOf('roots'), 0x80)),
      'SHAPE',
    ],
    ['version 3', car1(encodeDagCbor({ roots: [], version: 3 })), 'VERSION'],
    ['version 42 without roots', car1(encodeDagCbor({ version: 42 })), 'VERSION'],
    ['a header of two megabytes', joinBytes([encodeVarint(2 ** 21)]), 'LIMIT'],
    ['a section of no bytes', car1(HEADER, new Uint8Array(0)), 'SHAPE'],
    ['a section that is only a part of a CID', car1(HEADER, alice.subarray(0, 20)), 'SHAPE'],
    [
      'a CID whose varint is not minimal',
      car1(HEADER, joinBytes([Uint8Array.of(1, 0xd5, 0x80, 0x00), alice.subarray(2)])),
      'SHAPE',
    ],
    [
      'a CID with a truncated digest',
      car1(HEADER, joinBytes([Uint8Array.of(1, 0x55, 0x12, 16), alice.subarray(4)])),
      'SHAPE',
    ],
    [
      'a length that is not minimal',
      joinBytes([car1(HEADER), Uint8Array.of(0x80 | alice.length, 0), alice]),
      'SHAPE',
    ],
    [
      'a length of nine bytes',
      joinBytes([car1(HEADER), new Uint8Array(8).fill(0xff), Uint8Array.of(0x7f)]),
      'SHAPE',
    ],
    [
      'a section longer than any block',
      joinBytes([car1(HEADER), encodeVarint(BLOCK_BYTES_MAX + 1_000)]),
      'LIMIT',
    ],
    ['a section of terabytes', joinBytes([car1(HEADER), encodeVarint(2 ** 45)]), 'LIMIT'],
    ['a block under another name', car1(HEADER, joinBytes([alice, bytesOf('!')])), 'HASH'],
    [
      'a hash that the store does not have',
      car1(HEADER, joinBytes([Uint8Array.of(1, 0x55, 0x1e, 32), alice.subarray(4)])),
      'HASH',
    ],
  ]
  for (const [what, car, code] of refusals) {
    const refused = await refusalOf(car)
    assert.equal(refused?.code, code, `${what}: ${refused?.detail}`)
    assert.match(refused.detail, /at byte \d+$/, what)
  }
})

test('refuses regions of version 2 that do not lie one behind another', async () => {
  const inner = car1(HEADER, blockOf(bytesOf('alice')))
  const good = { isFullyIndexed: false, dataOffset: 51, dataSize: inner.length, indexOffset: 0 }
  const car = (regions: Partial<typeof good>, padding = 0, after = new Uint8Array(0)) =>
    joinBytes([PRAGMA, encodeRegions({ ...good, ...regions }), new Uint8Array(padding), inner, after])
  assert.equal(await refusalOf(car({})), undefined)
  assert.equal(await refusalOf(car({ dataOffset: 61 }, 10)), undefined)
  const end = 51 + inner.length
  assert.equal(await refusalOf(car({ indexOffset: end + 5 }, 0, new Uint8Array(8))), undefined)
  const refusals: readonly (readonly [Uint8Array, string])[] = [
    [car({ dataOffset: 50 }), 'SHAPE'],
    [car({ dataOffset: 2 ** 60 }), 'SHAPE'],
    [car({ dataOffset: 2 ** 40 }), 'TRUNCATED'],
    [car({ dataSize: 0 }), 'SHAPE'],
    [car({ dataSize: inner.length - 1 }), 'SHAPE'],
    [car({ dataSize: inner.length + 1 }), 'TRUNCATED'],
    [car({ indexOffset: end - 1 }), 'SHAPE'],
    [car({ indexOffset: end }), 'TRUNCATED'],
    [joinBytes([PRAGMA, encodeRegions(good), PRAGMA, inner]), 'VERSION'],
  ]
  for (const [at, [bytes, code]] of refusals.entries())
    assert.equal((await refusalOf(bytes))?.code, code, `case ${at}`)
})

test('refuses a CAR above the bound that was given, before it is read', async () => {
  const car = car1(HEADER, blockOf(new Uint8Array(1_000)))
  assert.equal(await refusalOf(car, car.length), undefined)
  assert.equal((await refusalOf(car, car.length - 1))?.code, 'LIMIT')
  assert.equal((await refusalOf(car, 3))?.code, 'LIMIT')
})

test('keeps nothing of a batch with one wrong block, and all of the batches before', async () => {
  const sections = Array.from({ length: 1_025 }, (_, i) => blockOf(bytesOf(`block ${i}`)))
  const wrong = joinBytes([sections[0]!, bytesOf('!')])
  await using store = await openMemoryStore()
  const steps: number[] = []
  const imported = await importCar(store, [car1(HEADER, ...sections, wrong)], {
    onProgress: ({ blocks }) => steps.push(blocks),
  })
  assert.equal(imported.refused?.code, 'HASH')
  assert.deepEqual(steps, [1_024])
  using snapshot = store.snapshot()
  const nameOf = (section: Uint8Array) => parseCid(section.subarray(0, 36)).ok!
  assert.equal(await snapshot.hasBlock(nameOf(sections[1_023]!)), true)
  assert.equal(await snapshot.hasBlock(nameOf(sections[1_024]!)), false)
})

test('imports into a store whose transactions are small', async () => {
  const limits = { transactionWrites: 3 }
  await using store = await createStore({ backend: createMemoryBackend(), crypto: nodeCrypto, limits })
  const sections = Array.from({ length: 20 }, (_, i) => blockOf(bytesOf(`block ${i}`)))
  const imported = await importCar(store, [car1(HEADER, ...sections)])
  assert.equal(imported.ok?.blocks, 20)
})

test('stops at a signal and lets go of the source', async () => {
  await using from = await openMemoryStore()
  const { root } = await family(from)
  const car = await exported(from, [root])
  await using store = await openMemoryStore()
  const controller = new AbortController()
  let isLeft = false
  async function* pieces() {
    try {
      yield car.slice(0, 70)
      controller.abort(new Error('enough'))
      yield car.slice(70)
    } finally {
      isLeft = true
    }
  }
  await assert.rejects(importCar(store, pieces(), { signal: controller.signal }), /enough/)
  assert.equal(isLeft, true)
  using snapshot = from.snapshot()
  await assert.rejects(collect(exportCar(snapshot, [root], { signal: controller.signal })), /enough/)
})

test('lets go of the source of a CAR that is refused', async () => {
  let isLeft = false
  function* pieces() {
    try {
      yield car1(encodeDagCbor({ roots: [], version: 3 }))
      yield new Uint8Array(9)
    } finally {
      isLeft = true
    }
  }
  assert.equal((await openCar(pieces())).refused?.code, 'VERSION')
  assert.equal(isLeft, true)
})

test('takes roots that no store can hold for a mistake of the caller', async () => {
  await using store = await openMemoryStore()
  using snapshot = store.snapshot()
  const cut = CID.createV1(CODEC.raw, new Digest(0x12, 2, new Uint8Array(2), Uint8Array.of(0x12, 2, 0, 0)))
  await assert.rejects(collect(exportCar(snapshot, [cut])), TypeError)
})
