import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../../../conformance/test/laws.ts'
import { compareBytes } from '../../keys.ts'
import { encodeBound, KEY } from '../key-codec.ts'
import { VALUE } from '../value-codec.ts'
import type { KeyCodec } from '../key-codec.ts'

const codePoints = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))
const numbers = <T extends number | bigint>(a: T, b: T) => (a < b ? -1 : a > b ? 1 : 0)
const text = fc.string({ unit: fc.constantFrom('\0', '\u0001', 'a', 'ÿ', '￿', '𝄞'), maxLength: 4 })
const octets = fc
  .array(fc.constantFrom(0, 1, 2, 254, 255), { maxLength: 4 })
  .map((list) => Uint8Array.from(list))
const uint = fc.oneof(fc.nat(3), fc.maxSafeNat(), fc.constant(2 ** 32))
const bigint = fc.oneof(
  fc.bigInt({ min: -300n, max: 300n }),
  fc.bigInt({ min: -(2n ** 200n), max: 2n ** 200n }),
)

function keepsOrder<Key>(
  codec: KeyCodec<Key>,
  values: fc.Arbitrary<Key>,
  compare: (a: Key, b: Key) => number,
) {
  test(`${codec.name}: the order of the octets is that of the values, and they come back`, () => {
    fc.assert(
      fc.property(values, values, (a, b) => {
        const [x, y] = [codec.encode(a), codec.encode(b)]
        assert.equal(Math.sign(compareBytes(x, y)), Math.sign(compare(a, b)))
        assert.deepEqual(codec.decode(x), a)
      }),
      { numRuns: 400 },
    )
  })
}

keepsOrder(KEY.text, text, codePoints)
keepsOrder(KEY.bytes, octets, compareBytes)
keepsOrder(KEY.uint, uint, numbers)
keepsOrder(KEY.bigint, bigint, numbers)
keepsOrder(
  KEY.tuple(KEY.text, KEY.bigint, KEY.bytes, KEY.uint),
  fc.tuple(text, bigint, octets, uint),
  (a, b) => codePoints(a[0], b[0]) || numbers(a[1], b[1]) || compareBytes(a[2], b[2]) || numbers(a[3], b[3]),
)
keepsOrder(
  KEY.tuple(KEY.tuple(KEY.text, KEY.text), KEY.text),
  fc.tuple(fc.tuple(text, text), text),
  ([a, b], [c, d]) => codePoints(a[0], c[0]) || codePoints(a[1], c[1]) || codePoints(b, d),
)

test('the first elements of a tuple begin its key, and no other', () => {
  const codec = KEY.tuple(KEY.text, KEY.bytes)
  fc.assert(
    fc.property(text, text, octets, (first, other, bytes) => {
      const prefix = encodeBound(codec, [first])
      const key = codec.encode([other, bytes])
      assert.equal(compareBytes(key.subarray(0, prefix.length), prefix) === 0, first === other)
    }),
  )
})

test('keys are written as the specification says', () => {
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
  assert.equal(hex(KEY.uint.encode(258)), '0000000000000102')
  assert.equal(hex(KEY.bigint.encode(0n)), '8000')
  assert.equal(hex(KEY.bigint.encode(256n)), '80020100')
  assert.equal(hex(KEY.bigint.encode(-256n)), '7ffefeff')
  assert.equal(hex(KEY.tuple(KEY.text, KEY.uint).encode(['a\0', 1])), '6100ff00010000000000000001')
})

test('refuses what is no such key, and octets that no key has', () => {
  assert.throws(() => KEY.uint.encode(-1), RangeError)
  assert.throws(() => KEY.uint.encode(2 ** 53), RangeError)
  assert.throws(() => KEY.uint.encode(0.5), RangeError)
  assert.throws(() => KEY.uint.encode('1' as never), TypeError)
  assert.throws(() => KEY.text.encode('\ud800'), TypeError)
  assert.throws(() => KEY.text.encode(1 as never), TypeError)
  assert.throws(() => KEY.bytes.encode([1] as never), TypeError)
  assert.throws(() => KEY.bigint.encode(1 as never), TypeError)
  assert.throws(() => KEY.bigint.encode(1n << 8_001n), RangeError)
  const pair = KEY.tuple(KEY.text, KEY.uint)
  assert.throws(() => pair.encode(['a'] as never), TypeError)
  assert.throws(() => pair.encode('a' as never), TypeError)
  assert.throws(() => encodeBound(pair, ['a', 1, 2] as never), TypeError)
  const bad: [KeyCodec<never>, number[]][] = [
    [KEY.uint as never, [0, 0, 0, 0, 0, 0, 1]],
    [KEY.uint as never, [255, 0, 0, 0, 0, 0, 0, 1]],
    [KEY.text as never, [0xff]],
    [KEY.bigint as never, [0x80]],
    [KEY.bigint as never, [0x80, 1]],
    [KEY.bigint as never, [0x80, 1, 0]],
    [KEY.bigint as never, [0x7f, 0xff, 0xff]],
    [KEY.bigint as never, [0x80, 0, 1]],
    [pair as never, [97, 0, 1]],
    [pair as never, [97, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0]],
    [pair as never, [...pair.encode(['a', 1]), 0]],
  ]
  for (const [codec, octets] of bad)
    assert.throws(() => codec.decode(Uint8Array.from(octets)), RangeError, `${codec.name} ${octets.join()}`)
})

test('values come back, and octets of another type do not', () => {
  assert.equal(VALUE.text.decode(VALUE.text.encode('ä\ufeff')), 'ä\ufeff')
  assert.deepEqual(VALUE.json<unknown>().decode(VALUE.json<unknown>().encode({ a: [1] })), { a: [1] })
  assert.deepEqual(VALUE.dagCbor.decode(VALUE.dagCbor.encode({ a: [1n] })), new Map([['a', [1]]]))
  assert.deepEqual(VALUE.bytes.decode(VALUE.bytes.encode(Uint8Array.of(1))), Uint8Array.of(1))
  assert.throws(() => VALUE.json<unknown>().encode(undefined), TypeError)
  assert.throws(() => VALUE.text.encode('\ud800'), TypeError)
  assert.throws(() => VALUE.bytes.encode('a' as never), TypeError)
  for (const codec of [VALUE.text, VALUE.json(), VALUE.dagCbor])
    assert.throws(() => codec.decode(Uint8Array.of(0xff)), RangeError, codec.name)
})
