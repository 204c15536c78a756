/** node:crypto and plain JavaScript must agree on secrets and open what the other sealed. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'

import { nobleAgreement, nobleCipher } from '../../../promisebase/index.ts'
import { nodeAgreement } from '../node-agreement.ts'
import { nodeCipher } from '../node-cipher.ts'
import type { Sealing } from '../../../promisebase/index.ts'

const SECRET_BYTES = { X25519: 32, 'ML-KEM-768': 64, 'X-Wing': 32 } as const
const ENTROPY_BYTES = { X25519: 32, 'ML-KEM-768': 32, 'X-Wing': 64 } as const
const RUNS = { numRuns: 20 }

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const pairs = [
  [nodeAgreement, nobleAgreement],
  [nobleAgreement, nodeAgreement],
] as const

describe('two providers of agreement', () => {
  for (const algorithm of ['X25519', 'ML-KEM-768', 'X-Wing'] as const) {
    it(`derive by ${algorithm} what the other sent`, () => {
      fc.assert(
        fc.property(bytes(SECRET_BYTES[algorithm]), (secret) => {
          const key = nobleAgreement.publicKey(algorithm, secret)
          assert.deepEqual(nodeAgreement.publicKey(algorithm, secret), key)
          for (const [sender, receiver] of pairs) {
            const sent = sender.encapsulate(key)
            assert.ok(sent !== undefined)
            const received = receiver.decapsulate(algorithm, secret, sent.ciphertext)
            assert.deepEqual(received, sent.sharedSecret)
          }
        }),
        RUNS,
      )
    })

    it(`come by ${algorithm} to the same secret from the same entropy, and from a ciphertext of nobody`, () => {
      fc.assert(
        fc.property(bytes(SECRET_BYTES[algorithm]), bytes(ENTROPY_BYTES[algorithm]), (secret, entropy) => {
          const key = nobleAgreement.publicKey(algorithm, secret)
          const sent = nobleAgreement.encapsulate(key, entropy)
          assert.deepEqual(nodeAgreement.encapsulate(key, entropy), sent)
          assert.ok(sent !== undefined)
          const foreign = sent.ciphertext.map((byte) => byte ^ 0x55)
          assert.deepEqual(
            nodeAgreement.decapsulate(algorithm, secret, foreign),
            nobleAgreement.decapsulate(algorithm, secret, foreign),
          )
        }),
        RUNS,
      )
    })
  }

  it('return plain bytes that nothing else shares', () => {
    for (const { publicKey, encapsulate, decapsulate } of [nodeAgreement, nobleAgreement]) {
      for (const algorithm of ['X25519', 'ML-KEM-768', 'X-Wing'] as const) {
        const secret = new Uint8Array(SECRET_BYTES[algorithm]).fill(5)
        const key = publicKey(algorithm, secret)
        const sent = encapsulate(key)
        assert.ok(sent !== undefined)
        const derived = decapsulate(algorithm, secret, sent.ciphertext)
        for (const value of [key.bytes, sent.ciphertext, sent.sharedSecret, derived]) assertPlain(value)
      }
    }
  })
})

describe('two ciphers', () => {
  const sealing = fc.record({
    algorithm: fc.constantFrom('ChaCha20-Poly1305', 'AES-256-GCM'),
    key: bytes(32),
    nonce: bytes(12),
    additional: fc.uint8Array({ maxLength: 64 }),
  }) as fc.Arbitrary<Sealing>

  it('seal the same bytes, and open what the other sealed', () => {
    fc.assert(
      fc.property(sealing, fc.uint8Array({ maxLength: 1000 }), (how, plaintext) => {
        const sealed = nodeCipher.seal(how, plaintext)
        assert.deepEqual(nobleCipher.seal(how, plaintext), sealed)
        assert.deepEqual(nobleCipher.open(how, sealed), plaintext)
        assert.deepEqual(nodeCipher.open(how, sealed), plaintext)
      }),
    )
  })

  it('open nothing with a bit flipped', () => {
    fc.assert(
      fc.property(sealing, fc.uint8Array({ maxLength: 100 }), fc.nat(), (how, plaintext, bit) => {
        const sealed = nodeCipher.seal(how, plaintext)
        const at = (bit >> 3) % sealed.length
        sealed[at] = (sealed[at] as number) ^ (1 << (bit & 7))
        assert.equal(nobleCipher.open(how, sealed), undefined)
        assert.equal(nodeCipher.open(how, sealed), undefined)
      }),
    )
  })

  it('derive the same keys, also from more information than node takes', () => {
    const input = fc.uint8Array({ maxLength: 100 })
    const length = fc.integer({ min: 1, max: 300 })
    fc.assert(
      fc.property(input, input, input, length, (secret, salt, info, size) => {
        const derived = nodeCipher.deriveKey(secret, salt, info, size)
        assert.equal(derived.length, size)
        assert.deepEqual(nobleCipher.deriveKey(secret, salt, info, size), derived)
      }),
    )
    for (const size of [1024, 1025, 5000]) {
      const info = new Uint8Array(size).fill(7)
      assert.deepEqual(
        nodeCipher.deriveKey(info, info, info, 8160),
        nobleCipher.deriveKey(info, info, info, 8160),
      )
    }
  })

  it('return plain bytes that nothing else shares', () => {
    const how = { algorithm: 'AES-256-GCM', key: new Uint8Array(32), nonce: new Uint8Array(12) } as const
    for (const cipher of [nodeCipher, nobleCipher]) {
      const sealed = cipher.seal(how, new Uint8Array(3))
      for (const value of [sealed, cipher.open(how, sealed), cipher.deriveKey(how.key, how.key, how.key, 32)])
        assertPlain(value)
    }
  })
})

function assertPlain(value: Uint8Array | undefined): void {
  assert.ok(value !== undefined)
  assert.equal(Object.getPrototypeOf(value), Uint8Array.prototype)
  assert.equal(value.buffer.byteLength, value.length)
}
