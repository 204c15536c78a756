import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import {
  CborFloat,
  CborSimple,
  CborTagged,
  CODEC,
  CORE_PROFILE,
  createCid,
  DAG_CBOR_PROFILE,
  decodeCbor,
  elementOffsets,
  encodeCbor,
  encodeDagCbor,
  ENVELOPE_PROFILE,
  isCid,
  isTagged,
} from '../index.ts'
import type { CborInput, CborProfile, CborValue } from '../index.ts'

const link = createCid(CODEC.raw, new Uint8Array(32).fill(0xab))

describe('encoding', () => {
  it('writes each kind of value in its one form', () => {
    const rows: readonly [value: CborInput, hex: string][] = [
      [0, '00'],
      [23, '17'],
      [24, '1818'],
      [0xff, '18ff'],
      [0x100, '190100'],
      [0xffff, '19ffff'],
      [0x10000, '1a00010000'],
      [0xffffffff, '1affffffff'],
      [0x100000000, '1b0000000100000000'],
      [Number.MAX_SAFE_INTEGER, '1b001fffffffffffff'],
      [-1, '20'],
      [-24, '37'],
      [-25, '3818'],
      [-0x100000001, '3b0000000100000000'],
      [Number.MIN_SAFE_INTEGER, '3b001ffffffffffffe'],
      [7n, '07'],
      [-1n, '20'],
      [2n ** 53n, '1b0020000000000000'],
      [2n ** 64n - 1n, '1bffffffffffffffff'],
      [-(2n ** 64n), '3bffffffffffffffff'],
      [2n ** 64n, 'c249010000000000000000'],
      [-(2n ** 64n) - 1n, 'c349010000000000000000'],
      [-0, '00'],
      ['', '60'],
      ['ü', '62c3bc'],
      ['𐅑', '64f0908591'],
      [new Uint8Array([1, 2]), '420102'],
      [Buffer.from([1, 2]), '420102'],
      [[], '80'],
      [{}, 'a0'],
      [new Map(), 'a0'],
      [null, 'f6'],
      [true, 'f5'],
      [link, 'd82a58250001551220' + 'ab'.repeat(32)],
      [new CborTagged(18, []), 'd280'],
      [1.5, 'f93e00'],
      [1.1, 'fb3ff199999999999a'],
      [new CborFloat(1), 'f93c00'],
      [new CborFloat(100000), 'fa47c35000'],
      [new CborFloat(-0), 'f98000'],
      [new CborFloat(NaN), 'f97e00'],
      [new CborSimple(23), 'f7'],
      [new CborSimple(32), 'f820'],
    ]
    for (const [value, hex] of rows) assert.equal(bytesToHex(encodeCbor(value)), hex)
  })

  it('sorts keys by their bytes, in maps and objects, at every level', () => {
    const map = new Map<string | number | boolean | Uint8Array, CborInput>([
      ['aa', 0],
      [false, 1],
      [100, { b: [{ z: 1, y: 2 }], a: 3 }],
      [-1, 4],
      ['z', 5],
      [10, 6],
      [new Uint8Array([9]), 7],
    ])
    const expected =
      'a7' +
      '0a06' +
      '1864' +
      'a2616103616281a2617902617a01' +
      '2004' +
      '410907' +
      '617a05' +
      '62616100' +
      'f401'
    assert.equal(bytesToHex(encodeCbor(map)), expected)
  })

  it('keeps the order of text by UTF-8, where JavaScript would compare other units', () => {
    const keys = ['\uffff', '\u{10000}']
    assert.deepEqual([...keys].sort(), ['\u{10000}', '\uffff'])
    const decoded = decodeCbor(encodeCbor(new Map(keys.map((key) => [key, 0]))), CORE_PROFILE).ok
    assert.deepEqual([...(decoded as Map<string, number>).keys()], keys)
  })

  it('throws on what has no encoding', () => {
    const loop: CborInput[] = []
    loop.push(loop)
    const rows: readonly unknown[] = [
      undefined,
      { a: undefined },
      [undefined],
      NaN,
      Infinity,
      2 ** 53,
      -(2 ** 53),
      1e300,
      () => 0,
      Symbol('a'),
      new Date(0),
      new Set(),
      new Uint16Array(1),
      new ArrayBuffer(1),
      new (class Point {})(),
      '\ud800',
      'a\udc00',
      loop,
      new Map([[{ a: undefined }, 0]]),
      new Map([[NaN, 0]]),
      new Map([[new Date(0), 0]]),
      new Map([
        [[1], 0],
        [[1], 0],
      ]),
      new Map<unknown, number>([
        [1, 0],
        [1n, 0],
      ]),
      new Map([
        [new Uint8Array([1]), 0],
        [new Uint8Array([1]), 0],
      ]),
      new CborTagged(42, new Uint8Array(37)),
      new CborTagged(2, new Uint8Array(9)),
      2n ** 8192n,
      { asCID: {}, toString: () => 'bafkrei' },
    ]
    for (const value of rows) assert.throws(() => encodeCbor(value as CborInput), TypeError)
    assert.deepEqual(encodeCbor('fit again'), hexToBytes('6966697420616761696e'))
  })

  it('writes any item as a key, which DAG-CBOR does not', () => {
    for (const key of [null, 1.5, [], link, new Map([[1, 2]]), new CborTagged(1, 2), 1, new Uint8Array(1)]) {
      const map = new Map([[key, 0]])
      assert.deepEqual(decodeCbor(encodeCbor(map), CORE_PROFILE).ok, map)
      assert.throws(() => encodeDagCbor(map), TypeError)
    }
  })

  it('refuses to make a tag or a simple value that does not exist', () => {
    for (const tag of [-1, 1.5, 2 ** 53, NaN]) assert.throws(() => new CborTagged(tag, 0), RangeError)
    for (const value of [-1, 20, 22, 24, 31, 256, 1.5]) assert.throws(() => new CborSimple(value), RangeError)
  })

  it('may be called again from inside a value', () => {
    const outer = {
      get inner() {
        return encodeCbor({ long: 'x'.repeat(5000) })
      },
      text: 'y'.repeat(5000),
    }
    const decoded = decodeCbor(encodeCbor(outer), CORE_PROFILE).ok as Map<string, unknown>
    assert.deepEqual(decoded.get('inner'), encodeCbor({ long: 'x'.repeat(5000) }))
    assert.equal(decoded.get('text'), outer.text)
  })

  it('returns bytes of their own, whatever is encoded next', () => {
    const first = encodeCbor(['first', 1])
    encodeCbor(['other', 2])
    assert.equal(bytesToHex(first), '82656669727374' + '01')
    assert.equal(first.buffer.byteLength, first.length)
  })
})

describe('encoding DAG-CBOR', () => {
  it('writes every float in 64 bits', () => {
    assert.equal(
      bytesToHex(encodeDagCbor([1.5, new CborFloat(1), 1])),
      '83' + 'fb3ff8000000000000' + 'fb3ff0000000000000' + '01',
    )
  })

  it('throws on what DAG-CBOR has no place for', () => {
    const rows: readonly CborInput[] = [
      new Map([[1, 0]]),
      new Map([[true, 0]]),
      new CborTagged(18, 0),
      new CborSimple(23),
      new CborFloat(NaN),
      new CborFloat(-Infinity),
      2n ** 64n,
      -(2n ** 64n) - 1n,
    ]
    for (const value of rows) assert.throws(() => encodeDagCbor(value), TypeError)
  })
})

describe('decoding', () => {
  it('gives each item the JavaScript form that loses nothing', () => {
    const rows: readonly [hex: string, value: CborValue][] = [
      ['1b001fffffffffffff', Number.MAX_SAFE_INTEGER],
      ['1b0020000000000000', 2n ** 53n],
      ['3b001ffffffffffffe', Number.MIN_SAFE_INTEGER],
      ['3b001fffffffffffff', -(2n ** 53n)],
      ['c249010000000000000000', 2n ** 64n],
      ['c349010000000000000000', -(2n ** 64n) - 1n],
      ['f93e00', 1.5],
      ['f90001', 2 ** -24],
      ['f93c00', new CborFloat(1)],
      ['f98000', new CborFloat(-0)],
      ['f9fc00', new CborFloat(-Infinity)],
      ['f7', new CborSimple(23)],
      ['d9d9f7a0', new CborTagged(55799, new Map())],
      [
        'a2010203f4',
        new Map<number, CborValue>([
          [1, 2],
          [3, false],
        ]),
      ],
    ]
    for (const [hex, value] of rows) {
      assert.deepEqual(ok(hex, CORE_PROFILE), value)
      assert.equal(bytesToHex(encodeCbor(value)), hex)
    }
  })

  it('makes CIDs of links, and tagged values of the tags a profile lets through', () => {
    const value = ok('d2d82a58250001551220' + 'ab'.repeat(32), ENVELOPE_PROFILE)
    assert.ok(isTagged(value) && isTagged(value, 18) && !isTagged(value, 98))
    assert.ok(isCid(value.value) && value.value.equals(link))
    assert.equal(value.value.toString(), link.toString())
  })

  it('makes plain views of byte strings and plain copies of CIDs, also from a Buffer inside another', () => {
    const bytes = encodeCbor([new Uint8Array([1, 2, 3]), link])
    const buffer = Buffer.concat([Buffer.from('xx'), bytes, Buffer.from('yy')]).subarray(2, -2)
    const [view, cid] = decodeCbor(buffer, ENVELOPE_PROFILE).ok as [Uint8Array, typeof link]
    assert.equal(Object.getPrototypeOf(view), Uint8Array.prototype)
    assert.equal(view.buffer, buffer.buffer)
    assert.deepEqual(view, new Uint8Array([1, 2, 3]))
    assert.equal(Object.getPrototypeOf(cid.bytes), Uint8Array.prototype)
    buffer.fill(0)
    assert.ok(cid.equals(link))
  })

  it('keeps 64-bit integers apart inside an offset view', () => {
    const shifted = new Uint8Array([9, ...hexToBytes('821bffffffffffffffff3bfffffffffffffffe')]).subarray(1)
    assert.deepEqual(decodeCbor(shifted, DAG_CBOR_PROFILE).ok, [2n ** 64n - 1n, -(2n ** 64n) + 1n])
  })
})

describe('the offsets of elements', () => {
  it('cut an array into its received bytes', () => {
    const elements: readonly CborInput[] = [
      'grid',
      link,
      [1, [2, { a: new Uint8Array(300) }]],
      new CborTagged(18, [null]),
      -1000,
      'x'.repeat(70000),
      1.5,
    ]
    const bytes = encodeCbor(elements)
    const offsets = elementOffsets(bytes)
    assert.equal(offsets.length, elements.length + 1)
    assert.equal(offsets.at(-1), bytes.length)
    elements.forEach((element, index) => {
      assert.deepEqual(bytes.subarray(offsets[index], offsets[index + 1]), encodeCbor(element))
    })
  })

  it('are one for an empty array, and many for a long one', () => {
    assert.deepEqual(elementOffsets(hexToBytes('80')), [1])
    assert.equal(elementOffsets(encodeCbor(new Array(1000).fill(0))).length, 1001)
  })

  it('are not asked of anything else', () => {
    for (const hex of ['', 'a0', '00', 'd280', '8200', '8258ff']) {
      assert.throws(() => elementOffsets(hexToBytes(hex)), TypeError)
    }
  })
})

function ok(hex: string, profile: CborProfile): CborValue {
  const decoded = decodeCbor(hexToBytes(hex), profile)
  assert.equal(decoded.refused, undefined)
  return decoded.ok as CborValue
}
