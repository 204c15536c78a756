/** Any well-formed encoding becomes the one deterministic encoding of the same item, or is refused. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { fc } from '../../conformance/test/laws.ts'
import { decodeCbor, encodeCbor, FOREIGN_PROFILE, rewriteCbor } from '../index.ts'
import type { CborInput } from '../index.ts'

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'))

function rewritten(text: string): string | undefined {
  const { ok, refused } = rewriteCbor(hex(text), FOREIGN_PROFILE)
  return ok === undefined ? refused?.code : Buffer.from(ok).toString('hex')
}

describe('an item in another encoding', () => {
  test('becomes the deterministic one', () => {
    for (const [from, to] of [
      ['1800', '00'],
      ['1b0000000000000017', '17'],
      ['3900ff', '38ff'],
      ['5801ff', '41ff'],
      ['7803616263', '63616263'],
      ['5f41014102ff', '420102'],
      ['5fff', '40'],
      ['7f6161626263ff', '63616263'],
      ['9fff', '80'],
      ['9f01820203ff', '8201820203'],
      ['bfff', 'a0'],
      ['a2 02 00 01 00', 'a2 01 00 02 00'],
      ['bf 20 00 180a 00 01 bf 02 00 01 00 ff ff', 'a3 01 a2 01 00 02 00 0a 00 20 00'],
      ['d900 12 80', 'd2 80'],
      ['fb3ff0000000000000', 'f93c00'],
      ['fa7fc00001', 'f97e00'],
      ['fb41d841f2656fef9e', 'fb41d841f2656fef9e'],
      ['f97e01', 'f97e00'],
      ['f8ff', 'f8ff'],
      ['f6', 'f6'],
    ])
      assert.equal(rewritten(from ?? ''), to?.replaceAll(' ', ''), from)
  })

  test('is refused when it is not well-formed, and ends within the bounds', () => {
    for (const text of [
      '',
      '18',
      '61',
      '9f',
      'bf01ff',
      'ff',
      '1c',
      '5f6161ff',
      '5f5fffff',
      '7f61c361a9ff',
      'f818',
      'df00',
      '0000',
      'a1',
      '1f',
      '5bffffffffffffffff',
    ])
      assert.equal(rewritten(text), 'DECODE', text)
    assert.equal(rewritten('9f'.repeat(33)), 'LIMIT')
    assert.equal(rewritten('81'.repeat(33) + '00'), 'LIMIT')
    assert.equal(rewritten('9bffffffffffffffff'), 'LIMIT')
    assert.equal(rewritten(`9f${'00'.repeat(5000)}ff`), 'LIMIT')
    assert.equal(rewritten(`5f${'40'.repeat(4096)}ff`), 'LIMIT')
    assert.equal(rewritten(`7f${'60'.repeat(60_000)}ff`), 'LIMIT')
    assert.equal(rewriteCbor(new Uint8Array(70_000), FOREIGN_PROFILE).refused?.code, 'LIMIT')
  })

  test('shows a key twice that was written in two ways: the scan that follows refuses it', () => {
    const { ok } = rewriteCbor(hex('a2 01 00 1801 00'), FOREIGN_PROFILE)
    assert.ok(ok)
    assert.equal(decodeCbor(ok, FOREIGN_PROFILE).refused?.code, 'DECODE')
  })

  test('law: what is deterministic stays as it is, whatever bytes are tried', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 24 }), (bytes) => {
        if (decodeCbor(bytes, FOREIGN_PROFILE).ok === undefined) return
        assert.deepEqual(rewriteCbor(bytes, FOREIGN_PROFILE).ok, bytes)
      }),
      { numRuns: 3000 },
    )
    fc.assert(
      fc.property(
        fc.object({ values: [fc.integer(), fc.string(), fc.boolean(), fc.uint8Array()] }),
        (value) => {
          const bytes = encodeCbor(value as CborInput)
          assert.deepEqual(rewriteCbor(bytes, FOREIGN_PROFILE).ok, bytes)
        },
      ),
    )
  })
})
