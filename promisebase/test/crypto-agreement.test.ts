import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { openVectorSet } from '../../conformance/vector-sets.ts'
import { combineXWing, nobleAgreement } from '../index.ts'
import type { AgreementAlgorithm } from '../index.ts'
import type { TestContext } from 'node:test'

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

describe('X-Wing and its relatives by the vectors of others', () => {
  it('has the combiner of the composite KEM of ML-KEM-768 and X25519', (t) => {
    const set = setOrSkip(t, 'composite-kem')
    if (set === undefined) return
    const cases = set.json('mlkem768-x25519.json') as Record<'expect' | 'ek' | 'dk' | 'c' | 'k', string>[]
    for (const { expect, ek, dk, c, k } of cases) {
      const [secret, ciphertext] = [base64(dk), base64(c)]
      // An older draft wrapped the X25519 secret, and derived otherwise.
      if (secret.length !== 96) {
        assert.equal(expect, 'other-construction')
        continue
      }
      const mlKem = nobleAgreement.decapsulate(
        'ML-KEM-768',
        secret.subarray(0, 64),
        ciphertext.subarray(0, 1088),
      )
      const product = nobleAgreement.decapsulate('X25519', secret.subarray(64), ciphertext.subarray(1088))
      assert.ok(mlKem !== undefined && product !== undefined)
      const key = nobleAgreement.publicKey('X25519', secret.subarray(64)).bytes
      assert.deepEqual(key, base64(ek).subarray(1184))
      const combined = combineXWing(mlKem, product, ciphertext.subarray(1088), key)
      assert.equal(Buffer.from(combined).toString('base64') === k, expect === 'accept')
    }
  })

  it('shares keys and ciphertexts with the kitchen sink, and no secret', (t) => {
    const set = setOrSkip(t, 'xwing-hybrid-kem')
    if (set === undefined) return
    const file =
      'hybrids/test-vectors-KitchenSink-KEM_ML-KEM-768_X25519_-XOF_SHAKE256_-KDF_HKDF-SHA-256_.json'
    const cases = set.json(file) as Record<'seed' | 'randomness' | 'pk' | 'ct' | 'ss', string>[]
    for (const { seed, randomness, pk, ct, ss } of cases) {
      const key = nobleAgreement.publicKey('X-Wing', hex(seed))
      assert.deepEqual(key.bytes, hex(pk))
      const sent = nobleAgreement.encapsulate(key, hex(randomness))
      assert.deepEqual(sent?.ciphertext, hex(ct))
      assert.notDeepEqual(sent?.sharedSecret, hex(ss))
    }
  })
})

function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'hex'))
}

function base64(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'base64'))
}

function setOrSkip(t: TestContext, name: string) {
  const set = openVectorSet(name)
  if (set.skipped === undefined) return set
  t.skip(set.skipped)
  return undefined
}
