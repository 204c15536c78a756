import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../../conformance/test/laws.ts'
import { crc32c } from '../crc32c.ts'

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'))

/** RFC 3720 appendix B.4, and the check value every catalogue gives. */
const KNOWN: readonly (readonly [string, number])[] = [
  ['', 0],
  ['313233343536373839', 0xe3069283],
  ['00'.repeat(32), 0x8a9136aa],
  ['ff'.repeat(32), 0x62a8ab43],
  ['000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f', 0x46dd794e],
  ['1f1e1d1c1b1a191817161514131211100f0e0d0c0b0a09080706050403020100', 0x113fdb5c],
]

/** Bit by bit, as the polynomial is written. */
function slow(input: Uint8Array): number {
  let rest = 0xffffffff
  for (const octet of input) {
    rest ^= octet
    for (let bit = 0; bit < 8; bit++) rest = (rest >>> 1) ^ (rest & 1 ? 0x82f63b78 : 0)
  }
  return ~rest >>> 0
}

test('gives the published checksums', () => {
  for (const [input, expected] of KNOWN) assert.equal(crc32c(bytes(input)), expected, input)
})

test('is the polynomial at every length, in parts, and up to an end', () => {
  const input = fc.uint8Array({ maxLength: 200 })
  fc.assert(
    fc.property(input, input, (first, second) => {
      const whole = Uint8Array.of(...first, ...second)
      assert.equal(crc32c(whole), slow(whole))
      assert.equal(crc32c(second, crc32c(first)), slow(whole))
      assert.equal(crc32c(whole, 0, first.length), slow(first))
    }),
  )
})

test('differs after any one bit is flipped', () => {
  const input = Uint8Array.from({ length: 40 }, (_, i) => i * 7)
  const right = crc32c(input)
  for (let bit = 0; bit < input.length * 8; bit++) {
    input[bit >> 3]! ^= 1 << (bit & 7)
    assert.notEqual(crc32c(input), right)
    input[bit >> 3]! ^= 1 << (bit & 7)
  }
})
