import assert from 'node:assert/strict'
import { test } from 'node:test'
import { unpackSnappy } from '../level/snappy.ts'

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex.replaceAll(' ', ''), 'hex'))
const text = (octets: Uint8Array) => new TextDecoder().decode(octets)

test('unpacks literals, and copies of each kind, also into themselves', () => {
  assert.equal(text(unpackSnappy(bytes('00'), 100)), '')
  assert.equal(text(unpackSnappy(bytes('03 08 616263'), 100)), 'abc')
  // A literal whose length stands in an octet of its own.
  assert.equal(text(unpackSnappy(bytes(`46 f0 45 ${'61'.repeat(70)}`), 100)), 'a'.repeat(70))
  assert.equal(text(unpackSnappy(bytes('07 08 616263 01 03'), 100)), 'abcabca')
  assert.equal(text(unpackSnappy(bytes('08 08 616263 12 0300'), 100)), 'abcabcab')
  assert.equal(text(unpackSnappy(bytes('05 08 616263 07 02000000'), 100)), 'abcbc')
})

test('refuses what is no such form', () => {
  for (const wrong of [
    '', // no length
    '04 08 616263', // fewer than announced
    '02 08 616263', // more than announced
    '03 08 6162', // a literal cut short
    '07 08 616263 01 04', // a copy from before the beginning
    '07 08 616263 01 00', // a copy of distance nothing
    '06 08 616263 01 03', // a copy beyond the end
    '07 08 616263 01', // a copy cut short
    'ffffffffffffffff7f', // a length beyond all bounds
    'ff01 00', // longer than allowed
  ]) {
    assert.throws(() => unpackSnappy(bytes(wrong), 100), RangeError, wrong)
  }
})
