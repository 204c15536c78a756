/** The five positions: what a message is before anybody looks at its claims or its signature. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { CID } from 'multiformats/cid'
import { create as createDigest } from 'multiformats/hashes/digest'

import { CborTagged, CODEC, createCid, encodeCbor } from '../../../promisebase/index.ts'
import { readEnvelope, REFUSALS } from '../../index.ts'
import { LIMITS } from '../../limits.ts'
import { assertRefused } from '../assert-refused.ts'
import { foundGrid } from '../fixture.ts'
import { forge } from '../forge.ts'
import type { CborInput } from '../../../promisebase/index.ts'
import type { RefusalCode } from '../../index.ts'

const grid = await foundGrid()
const sha256Cid = (codec: number): CID => createCid(codec, new Uint8Array(32))
const replaced =
  (index: number, value: CborInput) =>
  (elements: CborInput[]): CborInput =>
    elements.with(index, value)

describe('accepts', () => {
  test('a message in the one form it is written in', async () => {
    assert.equal((await grid.send()).code, 'kept')
    assert.equal((await grid.send(forge(grid))).code, 'kept')
  })

  test('begins with the array of five and the word grid', () => {
    const { bytes } = grid.compose()
    assert.deepEqual([...bytes.subarray(0, 6)], [0x85, 0x64, 0x67, 0x72, 0x69, 0x64])
  })

  test('reads bare byte strings as the CIDs of elements two and three', async () => {
    const sent = forge(grid, { protocol: grid.protocol('echo').bytes, grid: grid.grid.bytes })
    assert.equal((await grid.send(sent)).code, 'kept')
  })

  test('a bare CID is another signed payload, and so another message', () => {
    const claims = encodeCbor(new Map())
    const bare = forge(grid, { protocol: grid.protocol('echo').bytes, claims })
    assert.ok(!bare.id.equals(forge(grid, { claims }).id))
  })
})

/** Every row: what is sent, and with which code it is refused. */
const REFUSED: Record<string, [() => Uint8Array, RefusalCode]> = {
  nothing: [() => new Uint8Array(0), 'DECODE'],
  'a break alone': [() => Uint8Array.of(0xff), 'DECODE'],
  'half a message': [() => grid.compose().bytes.slice(0, 200), 'DECODE'],
  'a message and one byte more': [() => Uint8Array.from([...grid.compose().bytes, 0]), 'DECODE'],
  'four elements': [() => forge(grid, { elements: (five) => five.slice(0, 4) }).bytes, 'SHAPE'],
  'six elements': [() => forge(grid, { elements: (five) => [...five, null] }).bytes, 'SHAPE'],
  'a long head of five': [() => spliced(forge(grid).bytes, 0, 1, [0x98, 0x05]), 'CANON'],
  'an array without end': [() => spliced(indefinite(forge(grid).bytes), 0, 1, [0x9f]), 'CANON'],
  'a map with keys 0 to 4': [
    () => forge(grid, { elements: (five) => new Map(five.map((each, index) => [index, each])) }).bytes,
    'SHAPE',
  ],
  'tag 18 around it': [() => forge(grid, { elements: (five) => new CborTagged(18, five) }).bytes, 'SHAPE'],
  'tag 98 around it': [() => forge(grid, { elements: (five) => new CborTagged(98, five) }).bytes, 'SHAPE'],
  'the self-describing tag around it': [
    () => Uint8Array.from([0xd9, 0xd9, 0xf7, ...forge(grid).bytes]),
    'SHAPE',
  ],
  'a tag with a similar number around it': [
    () => encodeCbor(new CborTagged(1_735_289_204, ['grid'])),
    'SHAPE',
  ],
  'another first word': [() => forge(grid, { marker: 'Grid' }).bytes, 'SHAPE'],
  'a first word with a zero': [() => forge(grid, { marker: 'grid\0' }).bytes, 'SHAPE'],
  'a first word as bytes': [() => forge(grid, { marker: new TextEncoder().encode('grid') }).bytes, 'SHAPE'],
  'a long head of the first word': [() => spliced(forge(grid).bytes, 1, 1, [0x78, 0x04]), 'CANON'],
  'no protocol': [() => forge(grid, { protocol: null }).bytes, 'SHAPE'],
  'a protocol as text': [() => forge(grid, { protocol: grid.protocol('echo').toString() }).bytes, 'SHAPE'],
  'a protocol with another codec': [() => forge(grid, { protocol: sha256Cid(CODEC.cbor) }).bytes, 'CID'],
  'a protocol of grid-cbor': [() => forge(grid, { protocol: sha256Cid(CODEC.gridCbor) }).bytes, 'CID'],
  'a protocol of dag-pb': [() => forge(grid, { protocol: sha256Cid(0x70) }).bytes, 'CID'],
  'a protocol by another hash': [() => forge(grid, { protocol: hashed(0x13, 64) }).bytes, 'CID'],
  'a protocol by the identity hash': [() => forge(grid, { protocol: hashed(0x00, 32) }).bytes, 'CID'],
  'a protocol with a cut digest': [() => forge(grid, { protocol: hashed(0x12, 20) }).bytes, 'CID'],
  'a protocol with an empty digest': [() => forge(grid, { protocol: hashed(0x12, 0) }).bytes, 'CID'],
  'a protocol of version 0': [
    () => forge(grid, { protocol: Uint8Array.from([0x12, 0x20, ...new Uint8Array(32)]) }).bytes,
    'CID',
  ],
  'a protocol with a byte behind it': [
    () => forge(grid, { protocol: Uint8Array.from([...grid.protocol('echo').bytes, 0]) }).bytes,
    'CID',
  ],
  'a tag 42 without its 00': [() => spliced(forge(grid).bytes, 6, 5, [0xd8, 0x2a, 0x58, 0x24]), 'DECODE'],
  'a bare CID with the 00 of the tag': [
    () => forge(grid, { protocol: Uint8Array.from([0, ...grid.protocol('echo').bytes]) }).bytes,
    'CID',
  ],
  'a grid that is code': [() => forge(grid, { grid: sha256Cid(CODEC.raw) }).bytes, 'CID'],
  'another grid': [() => forge(grid, { grid: sha256Cid(CODEC.dagCbor) }).bytes, 'GRID'],
  'claims that are not in a byte string': [
    () => forge(grid, { elements: replaced(3, new Map()) }).bytes,
    'SHAPE',
  ],
  'a signature that is not in a byte string': [
    () => forge(grid, { elements: replaced(4, []) }).bytes,
    'SHAPE',
  ],
  'elements of which one is a float': [
    () => Uint8Array.from([0x85, 0x64, 0x67, 0x72, 0x69, 0x64, 0xf9, 0x3c, 0, 1, 1, 1]),
    'SHAPE',
  ],
  'an array that promises four thousand million items': [
    () => Uint8Array.of(0x9a, 0xff, 0xff, 0xff, 0xff),
    'LIMIT',
  ],
  'a string that promises more than there can be': [
    () => Uint8Array.of(0x5b, 0x80, 0, 0, 0, 0, 0, 0, 0),
    'LIMIT',
  ],
  'two hundred arrays in each other': [() => new Uint8Array(201).fill(0x81).fill(0, 200), 'LIMIT'],
  'five thousand arrays in each other': [() => new Uint8Array(5_001).fill(0x81).fill(0, 5_000), 'LIMIT'],
  'sixty thousand tags in each other': [() => new Uint8Array(60_001).fill(0xd8), 'SHAPE'],
  'more items than a message may have': [() => encodeCbor(new Array<number>(5_000).fill(0)), 'LIMIT'],
  'a big number of sixteen thousand bytes': [
    () => Uint8Array.from([0xc2, 0x59, 0x40, 0, ...new Uint8Array(0x4000).fill(0xff)]),
    'LIMIT',
  ],
  'one byte more than a message may have': [() => new Uint8Array(LIMITS.messageBytes + 1), 'LIMIT'],
  'sixteen megabytes': [() => new Uint8Array(16 * 1024 * 1024), 'LIMIT'],
}

describe('refuses', () => {
  for (const [what, [make, code]] of Object.entries(REFUSED)) {
    test(`${what}: ${code}`, async () => {
      const bytes = make()
      await assertRefused(grid, { bytes, id: grid.grid }, code)
      if (REFUSALS[code].stage === 'validate' && code !== 'GRID')
        assert.equal(readEnvelope(bytes).refused?.code, code)
    })
  }

  test('another grid before its claims and signature are looked at', async () => {
    const sent = forge(grid, {
      grid: sha256Cid(CODEC.dagCbor),
      claims: new Map(),
      seal: { signature: () => new Uint8Array(0) },
    })
    await assertRefused(grid, sent, 'GRID')
  })
})

function hashed(code: number, length: number): CID {
  return CID.createV1(CODEC.dagCbor, createDigest(code, new Uint8Array(length)))
}

function spliced(bytes: Uint8Array, at: number, gone: number, given: readonly number[]): Uint8Array {
  return Uint8Array.from([...bytes.subarray(0, at), ...given, ...bytes.subarray(at + gone)])
}

function indefinite(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from([...bytes, 0xff])
}
