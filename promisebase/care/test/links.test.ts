import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../../../conformance/test/laws.ts'
import { encodeCbor, encodeDagCbor } from '../../cbor/encode.ts'
import { GRID_TAG } from '../../cbor/grid-tag.ts'
import { CborTagged } from '../../cbor/value.ts'
import { CODEC, createCid, hashBlock, parseCid } from '../../cid.ts'
import { nodeCrypto } from '../../test/node-crypto.ts'
import { isOpaque, linksOf } from '../links.ts'
import type { CID } from 'multiformats/cid'

const utf8 = (text: string) => new TextEncoder().encode(text)
const nameOf = (text: string, codec: number = CODEC.raw) => hashBlock(nodeCrypto.sha256, codec, utf8(text))
const [a, b, c] = [nameOf('a'), nameOf('b', CODEC.dagCbor), nameOf('c', CODEC.dagPb)]

function linksIn(codec: number, bytes: Uint8Array): string[] | string {
  const links = linksOf(hashBlock(nodeCrypto.sha256, codec, bytes), bytes)
  return links.refused === undefined ? links.ok.map(String) : links.refused.code
}

/** A field of protobuf that holds bytes. */
function field(number: number, bytes: Uint8Array): Uint8Array {
  return Uint8Array.of((number << 3) | 2, bytes.length, ...bytes)
}

const node = (...fields: Uint8Array[]) => Uint8Array.from(fields.flatMap((bytes) => [...bytes]))
const link = (cid: Uint8Array) =>
  field(2, node(field(1, cid), field(2, utf8('name')), Uint8Array.of(0x18, 5)))

test('finds links of dag-cbor wherever they stand, in order and as often as they do', () => {
  const bytes = encodeDagCbor({ a, list: [b, { deep: [[c]] }, a], text: String(b) })
  assert.deepEqual(linksIn(CODEC.dagCbor, bytes), [a, b, c, a].map(String))
  assert.deepEqual(linksIn(CODEC.dagCbor, encodeDagCbor(a)), [String(a)])
  assert.deepEqual(linksIn(CODEC.dagCbor, encodeDagCbor({})), [])
})

test('finds every link that was put into a value of any shape', () => {
  const cid = fc.constantFrom(a, b, c)
  const value = fc.letrec((tie) => ({
    item: fc.oneof({ maxDepth: 5 }, cid, fc.string(), fc.integer(), tie('list'), tie('map')),
    list: fc.array(tie('item'), { maxLength: 4 }),
    map: fc.dictionary(fc.string(), tie('item'), { maxKeys: 4, noNullPrototype: true }),
  })).item
  const count = (item: unknown): number => {
    if ([a, b, c].includes(item as CID)) return 1
    if (item === null || typeof item !== 'object') return 0
    return Object.values(item).reduce<number>((sum, inner) => sum + count(inner), 0)
  }
  fc.assert(
    fc.property(value, (item) => {
      assert.equal(linksIn(CODEC.dagCbor, encodeDagCbor(item as never)).length, count(item))
    }),
  )
})

test('finds links of cbor and grid-cbor, in keys, under tags, with and without the 00', () => {
  const bare = new CborTagged(42, b.bytes)
  const bytes = encodeCbor(new Map<never, never>([[[a], new CborTagged(99, [bare, c])] as never]))
  assert.deepEqual(linksIn(CODEC.cbor, bytes), [a, b, c].map(String))
  const envelope = encodeCbor(new CborTagged(GRID_TAG, [a, { is: b }]))
  assert.deepEqual(linksIn(CODEC.gridCbor, envelope), [a, b].map(String))
})

test('finds links of dag-pb before and behind the data, CIDv0 as the CIDv1 it means', () => {
  const version0 = createCid(CODEC.dagPb, nodeCrypto.sha256(utf8('c')))
  const data = field(1, utf8('data'))
  for (const bytes of [
    node(link(a.bytes), link(c.multihash.bytes), data),
    node(data, link(a.bytes), link(c.multihash.bytes)),
  ]) {
    assert.deepEqual(linksIn(CODEC.dagPb, bytes), [a, version0].map(String))
  }
  assert.deepEqual(linksIn(CODEC.dagPb, new Uint8Array(0)), [])
})

test('finds nothing in raw blocks, and says which codecs it cannot look into', () => {
  const bytes = encodeDagCbor([a])
  assert.deepEqual(linksIn(CODEC.raw, bytes), [])
  assert.deepEqual(linksIn(0x0129, bytes), [])
  assert.deepEqual(
    [CODEC.raw, CODEC.cbor, CODEC.dagCbor, CODEC.gridCbor, CODEC.dagPb, 0x0129, 0x78].map(isOpaque),
    [false, false, false, false, false, true, true],
  )
})

test('finds links however deep a block nests, and refuses what is deeper than any stack', () => {
  const nested = (depth: number) => node(new Uint8Array(depth).fill(0x81), encodeDagCbor(a))
  assert.deepEqual(linksIn(CODEC.dagCbor, nested(500)), [String(a)])
  assert.equal(linksIn(CODEC.dagCbor, nested(600)), 'LIMIT')
})

test('refuses blocks that are not what their codec says, rather than half of their links', () => {
  const good = encodeDagCbor([a, b])
  const pb = node(link(a.bytes), field(1, utf8('data')))
  const bad: [string, number, Uint8Array, string][] = [
    ['cut', CODEC.dagCbor, good.slice(0, -1), 'DECODE'],
    ['followed by more', CODEC.dagCbor, node(good, Uint8Array.of(0)), 'DECODE'],
    ['nothing', CODEC.dagCbor, new Uint8Array(0), 'DECODE'],
    ['a bare link in dag-cbor', CODEC.dagCbor, encodeCbor([new CborTagged(42, a.bytes)]), 'DECODE'],
    ['no CID under tag 42', CODEC.cbor, Uint8Array.of(0xd8, 0x2a, 0x42, 0, 1), 'DECODE'],
    ['no envelope', CODEC.gridCbor, good, 'SHAPE'],
    ['a cut field', CODEC.dagPb, pb.slice(0, -1), 'DECODE'],
    ['a link without a CID', CODEC.dagPb, field(2, field(2, utf8('name'))), 'DECODE'],
    ['two CIDs in a link', CODEC.dagPb, field(2, node(field(1, a.bytes), field(1, b.bytes))), 'DECODE'],
    ['half a CID', CODEC.dagPb, link(a.bytes.slice(0, 20)), 'DECODE'],
    ['an unknown field', CODEC.dagPb, node(pb, field(3, utf8('x'))), 'DECODE'],
    ['a length without end', CODEC.dagPb, Uint8Array.of(0x0a, ...new Array<number>(12).fill(0xff)), 'DECODE'],
  ]
  for (const [name, codec, bytes, code] of bad) assert.equal(linksIn(codec, bytes), code, name)
})

test('answers CIDs that a store can be asked for', () => {
  const links = linksOf(b, encodeDagCbor([a]))
  assert.deepEqual(parseCid(links.ok![0]!.bytes).ok?.toString(), a.toString())
})
