/** node:crypto and plain JavaScript must open what the other sealed, and make the same keys and tags. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fc } from '../../../../conformance/test/laws.ts'

import { nobleCipher } from '../../../../promisebase/index.ts'
import { nodeCipher } from '../cipher.ts'
import { assertPlain } from './assert-plain.ts'
import type { KeyedHash, Sealing } from '../../../../promisebase/index.ts'

const SIZES = [
  ['ChaCha20-Poly1305', 32, 12],
  ['XChaCha20-Poly1305', 32, 24],
  ['AES-128-GCM', 16, 12],
  ['AES-192-GCM', 24, 12],
  ['AES-256-GCM', 32, 12],
] as const

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const some = fc.uint8Array({ maxLength: 200 })
const hashes = fc.constantFrom<KeyedHash[]>('sha2-256', 'sha2-384', 'sha2-512')

const sealings: fc.Arbitrary<Sealing> = fc.constantFrom(...SIZES).chain(([algorithm, key, nonce]) =>
  fc.record({
    algorithm: fc.constant(algorithm),
    key: bytes(key),
    nonce: bytes(nonce),
    additional: fc.uint8Array({ maxLength: 64 }),
  }),
)

describe('two ciphers', () => {
  it('seal the same bytes, and open what the other sealed', () => {
    fc.assert(
      fc.property(sealings, fc.uint8Array({ maxLength: 1000 }), (how, plaintext) => {
        const sealed = nodeCipher.seal(how, plaintext)
        assert.deepEqual(nobleCipher.seal(how, plaintext), sealed)
        assert.deepEqual(nobleCipher.open(how, sealed), plaintext)
        assert.deepEqual(nodeCipher.open(how, sealed), plaintext)
      }),
    )
  })

  it('open nothing with a bit flipped', () => {
    fc.assert(
      fc.property(sealings, fc.uint8Array({ maxLength: 100 }), fc.nat(), (how, plaintext, bit) => {
        const sealed = nodeCipher.seal(how, plaintext)
        const at = (bit >> 3) % sealed.length
        sealed[at] = (sealed[at] as number) ^ (1 << (bit & 7))
        assert.equal(nobleCipher.open(how, sealed), undefined)
        assert.equal(nodeCipher.open(how, sealed), undefined)
      }),
    )
  })

  it('derive the same keys, also from more information than node takes', () => {
    const length = fc.integer({ min: 1, max: 300 })
    fc.assert(
      fc.property(hashes, some, some, some, length, (hash, secret, salt, info, size) => {
        const derived = nodeCipher.deriveKey(secret, salt, info, size, hash)
        assert.equal(derived.length, size)
        assert.deepEqual(nobleCipher.deriveKey(secret, salt, info, size, hash), derived)
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

  it('make the same tags, of which any beginning that was agreed is taken', () => {
    const length = fc.integer({ min: 8, max: 31 })
    fc.assert(
      fc.property(hashes, some, some, length, (hash, key, message, tagBytes) => {
        const tag = nodeCipher.mac(hash, key, message)
        assert.deepEqual(nobleCipher.mac(hash, key, message), tag)
        for (const cipher of [nodeCipher, nobleCipher]) {
          const cut = cipher.mac(hash, key, message, tagBytes)
          assert.deepEqual(cut, tag.slice(0, tagBytes))
          assert.ok(cipher.verifyMac(hash, key, message, cut, tagBytes))
          assert.equal(cipher.verifyMac(hash, key, message, cut), false)
        }
      }),
    )
  })

  it('take no tag with a bit flipped', () => {
    fc.assert(
      fc.property(hashes, some, some, fc.nat(), (hash, key, message, bit) => {
        const tag = nodeCipher.mac(hash, key, message)
        const at = (bit >> 3) % tag.length
        tag[at] = (tag[at] as number) ^ (1 << (bit & 7))
        assert.equal(nobleCipher.verifyMac(hash, key, message, tag), false)
        assert.equal(nodeCipher.verifyMac(hash, key, message, tag), false)
      }),
    )
  })

  it('return plain bytes that nothing else shares', () => {
    for (const cipher of [nodeCipher, nobleCipher]) {
      for (const [algorithm, keyBytes, nonceBytes] of SIZES) {
        const key = new Uint8Array(keyBytes)
        const how = { algorithm, key, nonce: new Uint8Array(nonceBytes) }
        const sealed = cipher.seal(how, new Uint8Array(3))
        const derived = cipher.deriveKey(key, key, key, 32, 'sha2-512')
        const tag = cipher.mac('sha2-512', key, key, 16)
        for (const value of [sealed, cipher.open(how, sealed), derived, tag]) assertPlain(value)
      }
    }
  })
})
