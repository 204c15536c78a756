/** node:crypto and plain JavaScript must agree on secrets. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fc } from '../../../../conformance/test/laws.ts'

import { nobleAgreement } from '../../../../promisebase/index.ts'
import { nodeAgreement } from '../agreement.ts'
import { assertPlain } from './assert-plain.ts'

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
