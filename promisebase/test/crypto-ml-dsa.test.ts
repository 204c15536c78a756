import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isMlDsaSignature } from '../crypto/ml-dsa-strict.ts'
import { mlDsaPublicKey, nobleCrypto, signMlDsa, verifyMlDsa } from '../index.ts'
import type { MlDsaAlgorithm } from '../index.ts'

const SETS: readonly MlDsaAlgorithm[] = ['ML-DSA-44', 'ML-DSA-65', 'ML-DSA-87']
const SEED = new Uint8Array(32).fill(7)
const ZEROS = new Uint8Array(32)
const MESSAGE = new TextEncoder().encode('alice promises bob')

describe('ML-DSA', () => {
  for (const algorithm of SETS) {
    it(`signs by ${algorithm} with an empty context, otherwise every time`, () => {
      const key = nobleCrypto.publicKey(algorithm, SEED)
      const signature = nobleCrypto.sign(algorithm, SEED, MESSAGE)
      assert.ok(nobleCrypto.admitKey(key))
      assert.ok(nobleCrypto.verify(key, MESSAGE, signature))
      assert.ok(verifyMlDsa(algorithm, key.bytes, MESSAGE, signature))
      assert.equal(verifyMlDsa(algorithm, key.bytes, MESSAGE, signature, MESSAGE), false)
      assert.notDeepEqual(nobleCrypto.sign(algorithm, SEED, MESSAGE), signature)
      for (const other of SETS.filter((set) => set !== algorithm))
        assert.equal(nobleCrypto.verify({ ...key, algorithm: other }, MESSAGE, signature), false)
    })

    it(`refuses a ${algorithm} signature with a bit flipped anywhere`, () => {
      const key = nobleCrypto.publicKey(algorithm, SEED)
      const signature = signMlDsa(algorithm, SEED, MESSAGE, ZEROS)
      // Every 1009th bit, a prime: some twenty in each signature, in the challenge, in z and in the hint.
      for (let bit = 0; bit < signature.length * 8; bit += 1009) {
        const flipped = Uint8Array.from(signature)
        flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7))
        assert.equal(nobleCrypto.verify(key, MESSAGE, flipped), false, `bit ${bit}`)
      }
    })
  }

  it('takes a seed of 32 bytes, entropy of 32 and a context of at most 255, and nothing else', () => {
    for (const length of [0, 31, 33, 64]) {
      const wrong = new Uint8Array(length)
      assert.throws(() => nobleCrypto.sign('ML-DSA-44', wrong, MESSAGE), TypeError)
      assert.throws(() => nobleCrypto.publicKey('ML-DSA-44', wrong), TypeError)
      assert.throws(() => signMlDsa('ML-DSA-44', wrong, MESSAGE, ZEROS), TypeError)
      assert.throws(() => signMlDsa('ML-DSA-44', SEED, MESSAGE, wrong), TypeError)
    }
    const key = mlDsaPublicKey('ML-DSA-44', SEED)
    const context = new Uint8Array(255)
    const signature = signMlDsa('ML-DSA-44', SEED, MESSAGE, ZEROS, context)
    assert.ok(verifyMlDsa('ML-DSA-44', key, MESSAGE, signature, context))
    assert.equal(verifyMlDsa('ML-DSA-44', key, MESSAGE, signature, new Uint8Array(254)), false)
    assert.equal(verifyMlDsa('ML-DSA-44', key, MESSAGE, signature, new Uint8Array(256)), false)
    assert.throws(
      () => signMlDsa('ML-DSA-44', SEED, MESSAGE, ZEROS, new Uint8Array(256)),
      /context must have at most 255/,
    )
  })

  it('reads a hint in its only encoding', () => {
    const start = 3309 - 61
    const signature = (places: readonly number[], ends: readonly number[]): Uint8Array => {
      const bytes = new Uint8Array(3309)
      bytes.set(places, start)
      bytes.set(ends, start + 55)
      return bytes
    }
    const full = Array.from({ length: 55 }, (_, index) => index)
    assert.ok(isMlDsaSignature('ML-DSA-65', signature([], [0, 0, 0, 0, 0, 0])))
    assert.ok(isMlDsaSignature('ML-DSA-65', signature([3, 9, 2], [2, 3, 3, 3, 3, 3])))
    assert.ok(isMlDsaSignature('ML-DSA-65', signature([0, 0], [1, 1, 1, 1, 1, 2])))
    assert.ok(isMlDsaSignature('ML-DSA-65', signature(full, [55, 55, 55, 55, 55, 55])))
    const wrong: Readonly<Record<string, Uint8Array>> = {
      descending: signature([9, 3, 2], [2, 3, 3, 3, 3, 3]),
      twice: signature([3, 3, 2], [2, 3, 3, 3, 3, 3]),
      'after the last': signature([3, 9, 2, 0, 1], [2, 3, 3, 3, 3, 3]),
      'none but one': signature([1], [0, 0, 0, 0, 0, 0]),
      'ends that go back': signature([3, 9, 2], [2, 1, 3, 3, 3, 3]),
      'an end too far': signature(full, [55, 55, 55, 55, 55, 56]),
      'ends of 255': signature(full, [255, 255, 255, 255, 255, 255]),
    }
    for (const [name, bytes] of Object.entries(wrong))
      assert.equal(isMlDsaSignature('ML-DSA-65', bytes), false, name)
  })
})
