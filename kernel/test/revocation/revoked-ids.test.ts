/** The memory of revoked tokens never misses one, and is seldom wrong about the others. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { fc } from '../../../conformance/test/laws.ts'

import { RevokedIds } from '../../revocation/revoked-ids.ts'
import { seededCrypto } from '../fixture.ts'

const crypto = seededCrypto()
const digests = fc.array(fc.uint8Array({ minLength: 32, maxLength: 32 }), { maxLength: 100 })
const numbered = (n: number): Uint8Array => {
  const digest = new Uint8Array(32)
  new DataView(digest.buffer).setUint32(28, n)
  return digest
}

describe('the memory of revoked tokens', () => {
  test('holds whatever was put into it, and as a rule nothing else', () => {
    fc.assert(
      fc.property(digests, digests, fc.uint8Array({ minLength: 16, maxLength: 16 }), (some, others, seed) => {
        const ids = new RevokedIds(seed)
        for (const digest of [...some, ...some]) ids.add(digest)
        const known = new Set(some.map(String))
        assert.equal(ids.size, known.size)
        for (const digest of some) assert.ok(ids.mayHold(digest))
        for (const digest of others) assert.equal(ids.mayHold(digest), known.has(String(digest)))
      }),
    )
  })

  test('is not misled by ids that differ in a few bits: 50,000 of them, and as many others', () => {
    const ids = new RevokedIds(crypto.random(16))
    for (let n = 0; n < 50_000; n += 1) ids.add(numbered(n))
    assert.equal(ids.size, 50_000)
    let wrong = 0
    for (let n = 0; n < 50_000; n += 1) {
      assert.ok(ids.mayHold(numbered(n)))
      wrong += ids.mayHold(numbered(50_000 + n)) ? 1 : 0
    }
    assert.equal(wrong, 0)
  })

  test('goes by every bit of an id', () => {
    for (const fill of [0x00, 0xff]) {
      const ids = new RevokedIds(crypto.random(16))
      const digest = new Uint8Array(32).fill(fill)
      ids.add(digest)
      for (let bit = 0; bit < 256; bit += 1) {
        const other = digest.slice()
        other[bit >> 3] = fill ^ (1 << (bit & 7))
        assert.equal(ids.mayHold(other), false, `bit ${bit}`)
      }
    }
  })

  test('holds an id of zeros under a seed of zeros, of which nothing but zeros can come', () => {
    const ids = new RevokedIds(new Uint8Array(16))
    ids.add(new Uint8Array(32))
    assert.equal(ids.size, 1)
    assert.ok(ids.mayHold(new Uint8Array(32)))
  })

  test('is empty at first', () => {
    const ids = new RevokedIds(crypto.random(16))
    assert.equal(ids.size, 0)
    assert.equal(ids.mayHold(new Uint8Array(32)), false)
  })
})
