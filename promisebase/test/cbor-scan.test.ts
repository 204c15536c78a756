import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import {
  CBOR_DEPTH_MAX,
  CborSimple,
  CborTagged,
  CORE_PROFILE,
  DAG_CBOR_PROFILE,
  decodeCbor,
  encodeCbor,
  ENVELOPE_PROFILE,
  GRID_CBOR_PROFILE,
  linkOf,
  scanCbor,
} from '../index.ts'
import type { CborProfile, CborRefusalCode } from '../index.ts'

type Verdict = CborRefusalCode | 'ok'

const CID_HEX = '01551220' + 'ab'.repeat(32)

/** Hostile inputs, each with the class it must end in. `ok` marks those that only a schema can refuse. */
const HOSTILE: readonly [name: string, hex: string, verdict: Verdict][] = [
  ['C-01 nothing at all', '', 'DECODE'],
  ['C-02 an array cut short', '8301', 'DECODE'],
  ['C-03 a byte after the item', '0100', 'DECODE'],
  ['C-04 a lone break', 'ff', 'DECODE'],
  ['C-05 a reserved head', '1c', 'DECODE'],
  ['C-06 a reserved simple value', 'f818', 'DECODE'],
  ['C-07 zero in two bytes', '1800', 'CANON'],
  ['C-08 a long string length', '59000161', 'CANON'],
  ['C-09 an indefinite byte string', '5f4161ff', 'CANON'],
  ['C-10 an indefinite map', 'bf616101ff', 'CANON'],
  ['C-11 unsorted keys', 'a2616201616102', 'CANON'],
  ['C-12 a text key twice', 'a2616101616102', 'DECODE'],
  ['C-13 an integer key twice', 'a201010102', 'DECODE'],
  ['C-14 the keys 1 and bignum 1', 'a20101c2410102', 'CANON'],
  ['C-15 1.5 in 64 bits', 'fb3ff8000000000000', 'CANON'],
  ['C-16 1.0', 'f93c00', 'SHAPE'],
  ['C-17 a NaN with a payload', 'f97e01', 'CANON'],
  ['C-18 minus zero', 'f98000', 'CANON'],
  ['C-19 invalid UTF-8', '62c328', 'DECODE'],
  ['C-20 a lone surrogate', '63eda080', 'DECODE'],
  ['C-21 a key __proto__: the reader of the map decides', 'a1695f5f70726f746f5f5fa1616101', 'ok'],
  ['C-22 a shared reference', 'd81c81d81d00', 'SHAPE'],
  ['C-23 a record of cbor-x', 'd9dfff831901008261616162820102', 'SHAPE'],
  ['C-24 a date that is a number', 'c001', 'SHAPE'],
  ['C-25 an array of 2^32 - 1 items', '9affffffff', 'LIMIT'],
  ['C-26 an array of 2^53 items', '9b0020000000000000', 'LIMIT'],
  ['C-27 a string of 2^63 bytes', '5b8000000000000000', 'LIMIT'],
  ['C-28 a map of 2^32 - 1 entries', 'baffffffff', 'LIMIT'],
  ['C-29 a bignum of 16 KiB', 'c2594000' + 'ff'.repeat(16_384), 'LIMIT'],
  ['C-30 200 nested arrays', '81'.repeat(200) + '00', 'LIMIT'],
  ['C-31 5,000 nested arrays', '81'.repeat(5_000) + '00', 'LIMIT'],
  ['C-32 100,000 nested tags', 'c1'.repeat(100_000) + '00', 'LIMIT'],
  ['C-33 -2^64 for an index: the reader of the field decides', '3bffffffffffffffff', 'ok'],
  ['C-34 65,536 keys', `ba00010000${manyKeys(65_536)}`, 'LIMIT'],
]

describe('scanning a hostile message', () => {
  for (const [name, hex, verdict] of HOSTILE) {
    it(`ends ${name} in ${verdict}`, () => {
      assert.equal(verdictOf(hex, ENVELOPE_PROFILE), verdict)
    })
  }

  it('hands C-21 and C-33 to the reader as what they are', () => {
    const map = decodeCbor(hexToBytes('a1695f5f70726f746f5f5fa1616101'), ENVELOPE_PROFILE).ok
    assert.deepEqual(map, new Map([['__proto__', new Map([['a', 1]])]]))
    assert.equal(decodeCbor(hexToBytes('3bffffffffffffffff'), ENVELOPE_PROFILE).ok, -(2n ** 64n))
  })

  it('takes what is only near to a mistake', () => {
    const near = ['8301f6f5', '1818', `590100${'00'.repeat(256)}`, 'a2616101616202', 'a201000a00', '62c3a8']
    for (const hex of near) assert.equal(verdictOf(hex, ENVELOPE_PROFILE), 'ok', hex)
  })
})

describe('bounds of a profile', () => {
  it('takes exactly the depth that is allowed, for arrays, maps and tags alike', () => {
    for (const open of ['81', 'a100', 'd2']) {
      assert.equal(verdictOf(open.repeat(32) + '00', ENVELOPE_PROFILE), 'ok')
      assert.equal(verdictOf(open.repeat(33) + '00', ENVELOPE_PROFILE), 'LIMIT')
    }
  })

  it('takes exactly the items that are allowed, however they are spread', () => {
    assert.equal(verdictOf('990fff' + '00'.repeat(4095), ENVELOPE_PROFILE), 'ok')
    assert.equal(verdictOf('991000' + '00'.repeat(4096), ENVELOPE_PROFILE), 'LIMIT')
    assert.equal(verdictOf('82' + ('9907fd' + '00'.repeat(2045)).repeat(2), ENVELOPE_PROFILE), 'ok')
    assert.equal(verdictOf('82' + ('9907ff' + '00'.repeat(2047)).repeat(2), ENVELOPE_PROFILE), 'LIMIT')
  })

  it('takes exactly the bytes that are allowed', () => {
    assert.equal(verdictOf('59fffd' + '00'.repeat(65_533), ENVELOPE_PROFILE), 'ok')
    assert.equal(verdictOf('59fffe' + '00'.repeat(65_534), ENVELOPE_PROFILE), 'LIMIT')
  })

  it('counts keys, values, tags and what they enclose', () => {
    assert.deepEqual(scanCbor(hexToBytes('d282a1010203'), ENVELOPE_PROFILE).ok, { items: 6 })
  })

  it('calls a length that is possible but not there a cut', () => {
    for (const hex of ['43aabb', '63aabb', '8200', 'a100', 'd2', '5903ff00', '9903ff00']) {
      assert.equal(verdictOf(hex, ENVELOPE_PROFILE), 'DECODE', hex)
    }
  })

  it('refuses a bignum by its claimed size before it is there', () => {
    assert.equal(verdictOf('c25a00100000', CORE_PROFILE), 'LIMIT')
    assert.equal(verdictOf('c2590401' + 'ff'.repeat(1025), CORE_PROFILE), 'LIMIT')
    assert.equal(verdictOf('c2590400' + 'ff'.repeat(1024), CORE_PROFILE), 'ok')
  })

  it('throws on a profile that no stack could bear', () => {
    const bottomless = { ...CORE_PROFILE, depth: CBOR_DEPTH_MAX + 1 }
    assert.throws(() => scanCbor(hexToBytes('00'), bottomless), RangeError)
  })
})

describe('keys', () => {
  it('must rise in the order of their encoded bytes, not of their length', () => {
    assert.equal(verdictOf('a2181800' + '2000', ENVELOPE_PROFILE), 'ok')
    assert.equal(verdictOf('a22000' + '181800', ENVELOPE_PROFILE), 'CANON')
    assert.equal(verdictOf('a2617a00' + '62616100', ENVELOPE_PROFILE), 'ok')
    assert.equal(verdictOf('a262616100' + '617a00', ENVELOPE_PROFILE), 'CANON')
  })

  it('are compared with their own map only', () => {
    assert.equal(verdictOf('a20ba1010002a10100', ENVELOPE_PROFILE), 'CANON')
    assert.equal(verdictOf('a202a10b000ba10100', ENVELOPE_PROFILE), 'ok')
    assert.equal(verdictOf('82a10b00a10100', ENVELOPE_PROFILE), 'ok')
  })

  it('are of the kinds that the profile names', () => {
    const kinds: readonly [hex: string, envelope: Verdict, dag: Verdict, core: Verdict][] = [
      ['a10100', 'ok', 'SHAPE', 'ok'],
      ['a12000', 'ok', 'SHAPE', 'ok'],
      ['a1616100', 'ok', 'ok', 'ok'],
      ['a1416100', 'SHAPE', 'SHAPE', 'ok'],
      ['a1f500', 'SHAPE', 'SHAPE', 'ok'],
      ['a1c24901000000000000000000', 'SHAPE', 'SHAPE', 'ok'],
      ['a1f600', 'SHAPE', 'SHAPE', 'ok'],
      ['a1f700', 'SHAPE', 'SHAPE', 'ok'],
      ['a1f93e0000', 'SHAPE', 'CANON', 'ok'],
      ['a18000', 'SHAPE', 'SHAPE', 'ok'],
      ['a1a000', 'SHAPE', 'SHAPE', 'ok'],
      ['a1d20000', 'SHAPE', 'SHAPE', 'ok'],
      [`a1d82a582500${CID_HEX}00`, 'SHAPE', 'SHAPE', 'ok'],
    ]
    for (const [hex, envelope, dag, core] of kinds) {
      assert.equal(verdictOf(hex, ENVELOPE_PROFILE), envelope, `envelope ${hex}`)
      assert.equal(verdictOf(hex, DAG_CBOR_PROFILE), dag, `dag-cbor ${hex}`)
      assert.equal(verdictOf(hex, CORE_PROFILE), core, `core ${hex}`)
    }
  })
})

describe('keys that enclose items', () => {
  it('rise by their whole encoding', () => {
    const rows: readonly [hex: string, verdict: Verdict][] = [
      ['a2810000' + '810100', 'ok'],
      ['a2810100' + '810000', 'CANON'],
      ['a2810000' + '810000', 'DECODE'],
      ['a2a1010200' + 'a1010300', 'ok'],
      ['a2a1010300' + 'a1010200', 'CANON'],
      ['a2c10000' + 'c20000', 'SHAPE'],
      ['a2c10000' + 'd20000', 'ok'],
      ['a2d20000' + 'c10000', 'CANON'],
      ['a20000' + '8000', 'ok'],
      ['a28000' + '0000', 'CANON'],
      ['a2a2010002000080' + '0000', 'CANON'],
      ['a2a1010000' + 'a1010000', 'DECODE'],
    ]
    for (const [hex, verdict] of rows) assert.equal(verdictOf(hex, CORE_PROFILE), verdict, hex)
  })

  it('are judged inside before they are compared', () => {
    assert.equal(verdictOf('a1a202000100' + '00', CORE_PROFILE), 'CANON')
    assert.equal(verdictOf('a1a201000100' + '00', CORE_PROFILE), 'DECODE')
    assert.equal(verdictOf('a181f0' + '00', CORE_PROFILE), 'ok')
    assert.equal(verdictOf('a1'.repeat(129) + '00'.repeat(130), CORE_PROFILE), 'LIMIT')
    assert.equal(verdictOf('a1'.repeat(128) + '00'.repeat(129), CORE_PROFILE), 'ok')
  })

  it('come back as they were, each a key of its own', () => {
    const hex = 'a5' + '0100' + '4101f4' + '8101f5' + 'f6f7' + 'f93c0000'
    const map = decodeCbor(hexToBytes(hex), CORE_PROFILE).ok
    assert.ok(map instanceof Map && map.size === 5)
    assert.equal(bytesToHex(encodeCbor(map)), hex)
    assert.equal(map.get(null) instanceof CborSimple, true)
  })
})

describe('links', () => {
  it('are a byte string of 00 and one CID', () => {
    assert.equal(verdictOf(`d82a582500${CID_HEX}`, DAG_CBOR_PROFILE), 'ok')
  })

  it('are refused as malformed in any other form', () => {
    const forms = {
      'I-17 without 00': `d82a5824${CID_HEX}`,
      'I-17 as base58 text': 'd82a782e' + '51'.repeat(46),
      'of 00 alone': 'd82a4100',
      'of nothing': 'd82a40',
      'of a number': 'd82a00',
      'with a byte after the CID': `d82a582600${CID_HEX}00`,
      'cut short': `d82a582400${CID_HEX.slice(0, -2)}`,
      'of CIDv2': `d82a58250002${CID_HEX.slice(2)}`,
      'with a long varint': `d82a5826008100${CID_HEX.slice(2)}`,
    }
    for (const [name, hex] of Object.entries(forms)) {
      assert.equal(verdictOf(hex, DAG_CBOR_PROFILE), 'DECODE', name)
      assert.equal(verdictOf(hex, ENVELOPE_PROFILE), 'DECODE', name)
    }
  })

  it('may lack their 00 only where the profile says so', () => {
    const bare = hexToBytes(`d82a5824${CID_HEX}`)
    const prefixed = hexToBytes(`d82a582500${CID_HEX}`)
    const [one, other] = [bare, prefixed].map((bytes) => decodeCbor(bytes, CORE_PROFILE).ok)
    assert.deepEqual(linkOf(one), linkOf(other))
    assert.deepEqual(linkOf(other), other)
    assert.deepEqual(
      [one, other].map((value) => encodeCbor(value ?? null)),
      [bare, prefixed],
    )
    for (const profile of [ENVELOPE_PROFILE, DAG_CBOR_PROFILE, GRID_CBOR_PROFILE])
      assert.equal(scanCbor(bare, profile).refused?.code, 'DECODE')
  })

  it('are of nothing else', () => {
    for (const value of [
      undefined,
      null,
      42,
      'bafk',
      new Uint8Array(36),
      new CborTagged(43, new Uint8Array(36)),
    ])
      assert.equal(linkOf(value), undefined)
    assert.equal(linkOf(new CborTagged(42, new Uint8Array(36))), undefined)
    assert.throws(() => encodeCbor(new CborTagged(42, new Uint8Array(36))), TypeError)
    assert.throws(() => encodeCbor(new CborTagged(42, 0)), TypeError)
  })
})

describe('floats and simple values', () => {
  const rows: readonly [hex: string, envelope: Verdict, dag: Verdict, core: Verdict][] = [
    ['f93e00', 'SHAPE', 'CANON', 'ok'],
    ['fa47c35000', 'SHAPE', 'CANON', 'ok'],
    ['fa3fc00000', 'CANON', 'CANON', 'CANON'],
    ['fb3ff199999999999a', 'SHAPE', 'ok', 'ok'],
    ['fb3ff8000000000000', 'CANON', 'ok', 'CANON'],
    ['fb7ff0000000000000', 'CANON', 'SHAPE', 'CANON'],
    ['fb7ff8000000000000', 'CANON', 'SHAPE', 'CANON'],
    ['f97e00', 'SHAPE', 'CANON', 'ok'],
    ['f97c00', 'SHAPE', 'CANON', 'ok'],
    ['f98000', 'CANON', 'CANON', 'ok'],
    ['fb8000000000000000', 'CANON', 'ok', 'CANON'],
    ['f93c', 'DECODE', 'DECODE', 'DECODE'],
    ['f4', 'ok', 'ok', 'ok'],
    ['f6', 'ok', 'ok', 'ok'],
    ['f7', 'SHAPE', 'SHAPE', 'ok'],
    ['f0', 'SHAPE', 'SHAPE', 'ok'],
    ['f820', 'SHAPE', 'SHAPE', 'ok'],
    ['f814', 'DECODE', 'DECODE', 'DECODE'],
    ['f8', 'DECODE', 'DECODE', 'DECODE'],
  ]
  for (const [hex, envelope, dag, core] of rows) {
    it(`ends ${hex} in ${envelope}, ${dag}, ${core}`, () => {
      assert.equal(verdictOf(hex, ENVELOPE_PROFILE), envelope)
      assert.equal(verdictOf(hex, DAG_CBOR_PROFILE), dag)
      assert.equal(verdictOf(hex, CORE_PROFILE), core)
    })
  }
})

describe('UTF-8', () => {
  it('is taken up to U+10FFFF, with a byte order mark, and not normalised', () => {
    for (const text of [
      '\u0000',
      '\u007f',
      '\u0080',
      '\u07ff',
      '\u0800',
      '\ud7ff',
      '\ue000',
      '\uffff',
      '\u{10ffff}',
      '\ufeffx',
      'e\u0301',
    ]) {
      const decoded = decodeCbor(encodeCbor(text), ENVELOPE_PROFILE)
      assert.equal(decoded.ok, text)
      assert.equal(decodeCbor(encodeCbor(text.repeat(50)), ENVELOPE_PROFILE).ok, text.repeat(50))
    }
  })

  it('is refused when overlong, cut, stray, a surrogate or beyond U+10FFFF', () => {
    for (const hex of [
      '61c0',
      '62c080',
      '62c1bf',
      '63e08080',
      '63e09fbf',
      '63eda080',
      '63edbfbf',
      '64f0808080',
      '64f08fbfbf',
      '64f4908080',
      '64f5808080',
      '6180',
      '61ff',
      '62e6b0',
      '63f09085',
      '62c3c3',
      '64e6b07061',
    ]) {
      assert.equal(verdictOf(hex, ENVELOPE_PROFILE), 'DECODE', hex)
    }
  })
})

function verdictOf(hex: string, profile: CborProfile): Verdict {
  const bytes = hexToBytes(hex)
  const scanned = scanCbor(bytes, profile)
  const decoded = decodeCbor(bytes, profile)
  assert.deepEqual(decoded.refused, scanned.refused)
  return scanned.refused?.code ?? 'ok'
}

function manyKeys(count: number): string {
  return Array.from(
    { length: count },
    (_, index) => `64${Buffer.from(index.toString(36).padStart(4, '0')).toString('hex')}00`,
  ).join('')
}
