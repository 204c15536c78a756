import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ed25519 } from '@noble/curves/ed25519.js'
import { hexToBytes } from '@noble/hashes/utils.js'
import { nobleCrypto, signEd25519Variant, verifyEd25519Variant } from '../index.ts'

const VARIANTS = ['Ed25519ctx', 'Ed25519ph'] as const
const SECRET = new Uint8Array(32).fill(7)
const MESSAGE = new TextEncoder().encode('alice promises bob')
const CONTEXT = new TextEncoder().encode('to bob')
const { bytes: key } = nobleCrypto.publicKey('Ed25519', SECRET)

describe('a variant of Ed25519', () => {
  for (const variant of VARIANTS) {
    it(`signs by ${variant} for one context, and no other variant takes it`, () => {
      const [other] = VARIANTS.filter((each) => each !== variant)
      for (const context of [CONTEXT, new Uint8Array(0), new Uint8Array(255)]) {
        const signature = signEd25519Variant(variant, SECRET, MESSAGE, context)
        const verify = (by: typeof variant | undefined, message: Uint8Array, under: Uint8Array): boolean =>
          by !== undefined && verifyEd25519Variant(by, key, message, signature, under)
        assert.ok(verify(variant, MESSAGE, context))
        assert.equal(verify(other, MESSAGE, context), false)
        assert.equal(verify(variant, MESSAGE, Uint8Array.of(...context.subarray(1), 9)), false)
        assert.equal(verify(variant, MESSAGE, new Uint8Array(256)), false)
        assert.equal(verify(variant, CONTEXT, context), false)
        assert.equal(nobleCrypto.verify({ algorithm: 'Ed25519', bytes: key }, MESSAGE, signature), false)
      }
    })

    it(`refuses by ${variant} what Ed25519 refuses`, () => {
      const signature = signEd25519Variant(variant, SECRET, MESSAGE, CONTEXT)
      const verify = (signed: Uint8Array, by = key): boolean =>
        verifyEd25519Variant(variant, by, MESSAGE, signed, CONTEXT)
      for (let bit = 0; bit < 512; bit += 31) {
        const flipped = Uint8Array.from(signature)
        flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7))
        assert.equal(verify(flipped), false, `bit ${bit}`)
      }
      assert.equal(verify(signature.subarray(1)), false)
      assert.equal(verify(Uint8Array.of(...signature, 0)), false)
      assert.equal(verify(withOrderAdded(signature)), false, 'S + L')
      assert.equal(verify(signature, key.subarray(1)), false)
      assert.equal(verify(signature, nobleCrypto.publicKey('Ed25519', new Uint8Array(32)).bytes), false)
    })

    it(`takes by ${variant} no key of small order, with which anyone signs anything`, () => {
      const identity = ed25519.Point.ZERO.toBytes()
      const forged = Uint8Array.of(...identity, ...new Uint8Array(32))
      assert.equal(verifyEd25519Variant(variant, identity, MESSAGE, forged, CONTEXT), false)
    })

    it(`takes for ${variant} a secret of 32 bytes and a context of at most 255, and nothing else`, () => {
      for (const length of [0, 31, 33, 64])
        assert.throws(() => signEd25519Variant(variant, new Uint8Array(length), MESSAGE, CONTEXT), TypeError)
      assert.throws(() => signEd25519Variant(variant, SECRET, MESSAGE, new Uint8Array(256)), RangeError)
    })
  }

  it('signs as RFC 8032 does', () => {
    const secret = hexToBytes('0305334e381af78f141cb666f6199f57bc3495335a256a95bd2a55bf546663f6')
    const message = hexToBytes('f726936d19c800494e3fdaff20b276a8')
    const signature = hexToBytes(
      '55a4cc2f70a54e04288c5f4cd1e45a7bb520b36292911876cada7323198dd87a' +
        '8b36950b95130022907a7fb7c4e9b2d5f6cca685a587b4b21f4b888e4e7edb0d',
    )
    const context = new TextEncoder().encode('foo')
    assert.deepEqual(signEd25519Variant('Ed25519ctx', secret, message, context), signature)
  })
})

/** The same signature for those who do not look whether S is below L. */
function withOrderAdded(signature: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(signature)
  let carry = ed25519.Point.Fn.ORDER
  for (let at = 32; at < 64; at++) {
    carry += BigInt(copy[at] as number)
    copy[at] = Number(carry & 0xffn)
    carry >>= 8n
  }
  return copy
}
