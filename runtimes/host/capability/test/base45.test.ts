/** Base45: the examples of RFC 9285, and what it never writes. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fc } from '../../../../conformance/test/laws.ts'

import { decodeBase45, encodeBase45 } from '../base45.ts'

const text = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString()

describe('base45', () => {
  for (const [plain, encoded] of [
    ['AB', 'BB8'],
    ['Hello!!', '%69 VD92EX0'],
    ['base-45', 'UJCLQE7W581'],
    ['ietf!', 'QED8WEX0'],
    ['', ''],
  ] as const)
    test(`writes and reads ${JSON.stringify(plain)} as RFC 9285 does`, () => {
      assert.equal(encodeBase45(Buffer.from(plain)), encoded)
      assert.equal(text(decodeBase45(encoded)), plain)
    })

  test('reads back what it has written, and what it wrote has one spelling', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        const encoded = encodeBase45(bytes)
        assert.deepEqual(decodeBase45(encoded), bytes)
        assert.ok(!encoded.endsWith(' '))
      }),
    )
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), (any) => {
        const bytes = decodeBase45(any)
        if (bytes !== undefined) assert.equal(encodeBase45(bytes), any)
      }),
    )
  })

  for (const [why, wrong] of [
    ['one character alone', 'A'],
    ['one character behind whole groups', 'BB8A'],
    ['65,536 in three characters', 'GGX'],
    ['the largest three characters', ':::'],
    ['256 in two characters', 'V5'],
    ['small letters', 'bb8'],
    ['a character outside the alphabet', 'B_8'],
    ['a character of two code units', 'BB8\u{1f600}'],
  ] as const)
    test(`refuses ${why}`, () => assert.equal(decodeBase45(wrong), undefined))
})
