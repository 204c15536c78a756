import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { fc } from '../../conformance/test/laws.ts'
import { nobleAgreement } from '../index.ts'
import type { AgreementAlgorithm } from '../index.ts'

const SECRET_BYTES = { X25519: 32, 'ML-KEM-768': 64, 'X-Wing': 32 } as const

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })

describe('agreement on a secret', () => {
  for (const algorithm of Object.keys(SECRET_BYTES) as AgreementAlgorithm[]) {
    it(`by ${algorithm}: bob derives what alice sent, and mallory something else`, () => {
      fc.assert(
        fc.property(bytes(SECRET_BYTES[algorithm]), bytes(SECRET_BYTES[algorithm]), (bob, mallory) => {
          const key = nobleAgreement.publicKey(algorithm, bob)
          assert.ok(nobleAgreement.admitKey(key))
          const sent = nobleAgreement.encapsulate(key)
          assert.ok(sent !== undefined)
          assert.equal(sent.sharedSecret.length, 32)
          assert.deepEqual(nobleAgreement.decapsulate(algorithm, bob, sent.ciphertext), sent.sharedSecret)
          const other = nobleAgreement.decapsulate(algorithm, mallory, sent.ciphertext)
          // Bits that X25519 ignores, and the z of ML-KEM, make no other key.
          const isOther = !isDeepStrictEqual(nobleAgreement.publicKey(algorithm, mallory), key)
          assert.equal(isDeepStrictEqual(other, sent.sharedSecret), !isOther)
        }),
        { numRuns: 20 },
      )
    })

    it(`by ${algorithm}: a ciphertext with a bit flipped leads to another secret`, () => {
      const bob = new Uint8Array(SECRET_BYTES[algorithm]).fill(3)
      const sent = nobleAgreement.encapsulate(nobleAgreement.publicKey(algorithm, bob))
      assert.ok(sent !== undefined)
      const bits = sent.ciphertext.length * 8
      for (let bit = 0; bit < bits; bit += Math.ceil(bits / 20)) {
        const flipped = Uint8Array.from(sent.ciphertext)
        flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7))
        assert.notDeepEqual(nobleAgreement.decapsulate(algorithm, bob, flipped), sent.sharedSecret)
      }
    })

    it(`by ${algorithm}: every secret is a new one`, () => {
      const key = nobleAgreement.publicKey(algorithm, new Uint8Array(SECRET_BYTES[algorithm]).fill(3))
      const [one, two] = [nobleAgreement.encapsulate(key), nobleAgreement.encapsulate(key)]
      assert.notDeepEqual(one?.ciphertext, two?.ciphertext)
      assert.notDeepEqual(one?.sharedSecret, two?.sharedSecret)
    })
  }

  it('knows its algorithms by name alone', () => {
    const unknown = { algorithm: 'constructor' as 'X25519', bytes: new Uint8Array(32).fill(9) }
    assert.equal(nobleAgreement.admitKey(unknown), false)
    assert.throws(() => nobleAgreement.encapsulate(unknown), TypeError)
    assert.throws(() => nobleAgreement.publicKey(unknown.algorithm, unknown.bytes), TypeError)
  })
})
