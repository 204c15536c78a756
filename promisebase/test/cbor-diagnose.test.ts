import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { hexToBytes } from '@noble/hashes/utils.js'
import { CborTagged, CODEC, createCid, diagnose, encodeCbor } from '../index.ts'

describe('diagnostic notation', () => {
  it('says what each kind of item is', () => {
    const rows = {
      '00': '0',
      '20': '-1',
      '1bffffffffffffffff': '18446744073709551615',
      '3bffffffffffffffff': '-18446744073709551616',
      '4401020304': "h'01020304'",
      '62225c': String.raw`"\"\\"`,
      '83010203': '[1, 2, 3]',
      a201020304: '{1: 2, 3: 4}',
      c11a514b67b0: '1(1363896240)',
      c249010000000000000000: "2(h'010000000000000000')",
      f4: 'false',
      f6: 'null',
      f7: 'undefined',
      f0: 'simple(16)',
      f8ff: 'simple(255)',
      f93c00: '1.0',
      f98000: '-0.0',
      f97c00: 'Infinity',
      f97e00: 'NaN',
      fb3ff199999999999a: '1.1',
      fb7e37e43c8800759c: '1e+300',
      '80': '[]',
      a0: '{}',
    }
    for (const [hex, expected] of Object.entries(rows)) assert.equal(diagnose(hexToBytes(hex)), expected)
  })

  it('marks every encoding that is not the deterministic one', () => {
    const rows = {
      '1800': '0_0',
      '190001': '1_1',
      '59000161': "h'61'_1",
      '9800': '[_0 ]',
      fb3ff8000000000000: '1.5_3',
      f97e01: 'NaN / 7e01 /',
      '5f42010243030405ff': "(_ h'0102', h'030405')",
      '9f01ff': '[_ 1]',
      bf616101ff: '{_ "a": 1}',
      '62c328': "h'c328' / text, not UTF-8 /",
      f818: 'simple(24)_0',
      a2616101616102: '{"a": 1, "a": 2}',
    }
    for (const [hex, expected] of Object.entries(rows)) assert.equal(diagnose(hexToBytes(hex)), expected)
  })

  it('writes the text of a link beside its bytes, and says when there is none', () => {
    const cid = createCid(CODEC.raw, new Uint8Array(32))
    assert.equal(diagnose(encodeCbor(cid)), `42(h'0001551220${'00'.repeat(32)}') / ${cid.toString()} /`)
    assert.equal(diagnose(hexToBytes('d82a4100')), "42(h'00') / no CID /")
    assert.equal(diagnose(hexToBytes('d82a00')), '42(0)')
  })

  it('spreads what is long over lines', () => {
    const value = { a: ['x'.repeat(40), 'y'.repeat(40)], b: new CborTagged(18, [1, 'z'.repeat(80)]) }
    assert.equal(
      diagnose(encodeCbor(value)),
      [
        '{',
        '  "a": [',
        `    "${'x'.repeat(40)}",`,
        `    "${'y'.repeat(40)}"`,
        '  ],',
        '  "b": 18([',
        '    1,',
        `    "${'z'.repeat(80)}"`,
        '  ])',
        '}',
      ].join('\n'),
    )
  })

  it('opens byte strings that hold CBOR only when asked, and only the deterministic', () => {
    const bytes = encodeCbor([encodeCbor({ a: [encodeCbor([1])] }), hexToBytes('9f01ff'), hexToBytes('01')])
    assert.equal(diagnose(bytes), "[h'a1616181428101', h'9f01ff', h'01']")
    assert.equal(diagnose(bytes, { embedded: true }), `[<<{"a": [<<[1]>>]}>>, h'9f01ff', h'01']`)
  })

  it('shows no character that a terminal would obey', () => {
    assert.equal(
      diagnose(encodeCbor('\u001b[31m\u009b\u202e\u200b\ufeff\n')),
      String.raw`"\u001b[31m\u009b\u202e\u200b\ufeff\n"`,
    )
  })
})

describe('diagnostic notation of broken input', () => {
  it('prints what can be read and says where it stopped', () => {
    const rows = {
      '': '…\n/ stopped at byte 0: the input ends /',
      ff: '…\n/ stopped at byte 0: a break without a beginning /',
      '1c': '…\n/ stopped at byte 0: a reserved head /',
      '19ff': '…\n/ stopped at byte 0: the input ends inside a head /',
      '830163aa': '[1, …]\n/ stopped at byte 2: a string of 3 bytes, of which 1 are here /',
      a101: '{1: …}\n/ stopped at byte 2: the input ends /',
      '9f01': '[_ 1, …]\n/ stopped at byte 2: the input ends /',
      '5f01ff': '(_ …)\n/ stopped at byte 1: no chunk of the string /',
      '5bffffffffffffffff':
        '…\n/ stopped at byte 0: a string of 18446744073709551615 bytes, of which 0 are here /',
      '9bffffffffffffffff': '[…]\n/ stopped at byte 9: the input ends /',
      '000000': '0\n/ stopped at byte 1: the item ends here, and 2 more bytes follow /',
    }
    for (const [hex, expected] of Object.entries(rows)) assert.equal(diagnose(hexToBytes(hex)), expected)
  })

  it('stops at its depth, whatever the depth of the input', () => {
    for (const open of ['81', 'a100', 'c1', '9f', '5f']) {
      const printed = diagnose(hexToBytes(open.repeat(50_000)), { depth: 5 })
      assert.match(printed, /stopped at byte \d+: nested deeper than 5 /)
      assert.ok(printed.length < 500)
    }
    assert.match(diagnose(hexToBytes('81'.repeat(50_000)), { depth: 1e9 }), /nested deeper than 256/)
  })
})
