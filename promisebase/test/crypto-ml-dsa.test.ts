import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { sha512 } from '@noble/hashes/sha2.js'
import { ml_dsa44, ml_dsa65, ml_dsa87 } from '@noble/post-quantum/ml-dsa.js'
import { isMlDsaSignature } from '../crypto/ml-dsa-strict.ts'
import {
  hashMlDsaMu,
  mlDsaMu,
  mlDsaPublicKey,
  nobleCrypto,
  signMlDsa,
  signMlDsaMu,
  verifyMlDsa,
  verifyMlDsaMu,
} from '../index.ts'
import type { MlDsaAlgorithm } from '../index.ts'

const SETS: readonly MlDsaAlgorithm[] = ['ML-DSA-44', 'ML-DSA-65', 'ML-DSA-87']
const SEED = new Uint8Array(32).fill(7)
const ZEROS = new Uint8Array(32)
const EXPANDED = { 'ML-DSA-44': ml_dsa44, 'ML-DSA-65': ml_dsa65, 'ML-DSA-87': ml_dsa87 }
const MU = new Uint8Array(64).fill(9)
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

describe('a secret of ML-DSA that was expanded', () => {
  for (const algorithm of SETS) {
    it(`makes the key and the signatures of its seed by ${algorithm}`, () => {
      const secret = EXPANDED[algorithm].keygen(SEED).secretKey
      const before = Uint8Array.from(secret)
      const key = mlDsaPublicKey(algorithm, SEED)
      assert.deepEqual(mlDsaPublicKey(algorithm, secret), key)
      const signature = signMlDsa(algorithm, secret, MESSAGE, ZEROS, SEED)
      assert.deepEqual(signature, signMlDsa(algorithm, SEED, MESSAGE, ZEROS, SEED))
      assert.ok(verifyMlDsa(algorithm, key, MESSAGE, signature, SEED))
      assert.deepEqual(secret, before, 'what was lent is not wiped')
    })

    it(`is refused by ${algorithm} when its parts are out of range or not of one key`, () => {
      const secret = EXPANDED[algorithm].keygen(SEED).secretKey
      const other = EXPANDED[algorithm].keygen(ZEROS).secretKey
      const flip = (at: number): Uint8Array => secret.map((byte, index) => (index === at ? byte ^ 1 : byte))
      const wrong: Readonly<Record<string, Uint8Array>> = {
        'another matrix': flip(0),
        'another hash of the key': flip(64),
        'the end of that hash': flip(127),
        'another s1': Uint8Array.from([...secret.subarray(0, 128), ...other.subarray(128)]),
        'the front of another key': Uint8Array.from([...other.subarray(0, 128), ...secret.subarray(128)]),
        's1 out of range': secret.map((byte, index) => (index >= 128 && index < 131 ? 0xff : byte)),
        'a byte less': secret.subarray(1),
        'a byte more': Uint8Array.from([...secret, 0]),
        'nothing but zeros': new Uint8Array(secret.length),
      }
      for (const [name, bytes] of Object.entries(wrong)) {
        assert.throws(() => mlDsaPublicKey(algorithm, bytes), TypeError, name)
        assert.throws(() => signMlDsa(algorithm, bytes, MESSAGE, ZEROS), TypeError, name)
        assert.throws(() => signMlDsaMu(algorithm, bytes, MU, ZEROS), TypeError, name)
      }
    })

    it(`is no secret of the provider: ${algorithm} signs there with seeds alone`, () => {
      const secret = EXPANDED[algorithm].keygen(SEED).secretKey
      assert.throws(() => nobleCrypto.sign(algorithm, secret, MESSAGE), TypeError)
      assert.throws(() => nobleCrypto.publicKey(algorithm, secret), TypeError)
    })
  }
})

describe('ML-DSA in two steps', () => {
  for (const algorithm of SETS) {
    it(`makes by ${algorithm} the signatures that one step makes, and takes them`, () => {
      const key = mlDsaPublicKey(algorithm, SEED)
      for (const context of [new Uint8Array(0), MESSAGE, new Uint8Array(255)]) {
        const mu = mlDsaMu(key, MESSAGE, context)
        const signature = signMlDsa(algorithm, SEED, MESSAGE, ZEROS, context)
        assert.deepEqual(signMlDsaMu(algorithm, SEED, mu, ZEROS), signature)
        assert.ok(verifyMlDsaMu(algorithm, key, mu, signature))
        assert.equal(verifyMlDsaMu(algorithm, key, mlDsaMu(key, MESSAGE, SEED), signature), false)
        assert.equal(verifyMlDsaMu(algorithm, key, mu, signature.subarray(1)), false)
        assert.equal(verifyMlDsaMu(algorithm, key.subarray(1), mu, signature), false)
      }
    })
  }

  it('hashes the key, and the length of the context, with the message', () => {
    const [key, other] = [mlDsaPublicKey('ML-DSA-44', SEED), mlDsaPublicKey('ML-DSA-44', ZEROS)]
    const one = Uint8Array.of(1)
    assert.deepEqual(mlDsaMu(key, MESSAGE), mlDsaMu(key, MESSAGE, new Uint8Array(0)))
    assert.notDeepEqual(mlDsaMu(key, MESSAGE), mlDsaMu(other, MESSAGE))
    assert.notDeepEqual(mlDsaMu(key, one, MESSAGE), mlDsaMu(key, Uint8Array.from([...MESSAGE, 1])))
    assert.throws(() => mlDsaMu(key, MESSAGE, new Uint8Array(256)), RangeError)
  })

  it('signs by HashML-DSA for one hash, and not what ML-DSA signs', () => {
    const key = mlDsaPublicKey('ML-DSA-65', SEED)
    const digest = sha512(MESSAGE)
    const signature = signMlDsaMu('ML-DSA-65', SEED, hashMlDsaMu(key, 'sha2-512', digest, SEED), ZEROS)
    const verify = (mu: Uint8Array): boolean => verifyMlDsaMu('ML-DSA-65', key, mu, signature)
    assert.ok(verify(hashMlDsaMu(key, 'sha2-512', digest, SEED)))
    assert.ok(ml_dsa65.prehash(sha512).verify(signature, MESSAGE, key, { context: SEED }))
    assert.equal(verify(hashMlDsaMu(key, 'sha3-512', digest, SEED)), false)
    assert.equal(verify(hashMlDsaMu(key, 'sha2-512', digest)), false)
    assert.equal(verifyMlDsa('ML-DSA-65', key, digest, signature, SEED), false)
    assert.equal(verifyMlDsa('ML-DSA-65', key, MESSAGE, signature, SEED), false)
    assert.throws(() => hashMlDsaMu(key, 'sha2-512', digest, new Uint8Array(256)), RangeError)
    assert.throws(() => hashMlDsaMu(key, 'md5' as 'sha2-512', digest), TypeError)
    assert.throws(() => hashMlDsaMu(key, 'toString' as 'sha2-512', digest), TypeError)
  })

  it('takes a hash of 64 bytes, and nothing else', () => {
    const key = mlDsaPublicKey('ML-DSA-44', SEED)
    const signature = signMlDsaMu('ML-DSA-44', SEED, MU, ZEROS)
    for (const length of [0, 32, 63, 65]) {
      const wrong = new Uint8Array(length)
      assert.throws(() => signMlDsaMu('ML-DSA-44', SEED, wrong, ZEROS), TypeError)
      assert.equal(verifyMlDsaMu('ML-DSA-44', key, wrong, signature), false)
    }
    for (const length of [0, 31, 33, 64]) {
      assert.throws(() => signMlDsaMu('ML-DSA-44', new Uint8Array(length), MU, ZEROS), TypeError)
      assert.throws(() => signMlDsaMu('ML-DSA-44', SEED, MU, new Uint8Array(length)), TypeError)
    }
  })
})
