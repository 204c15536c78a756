import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { p256 } from '@noble/curves/nist.js'
import { hexToBytes, numberToBytesBE } from '@noble/curves/utils.js'
import { nobleCrypto, toLowS } from '../index.ts'

const SECRET = new Uint8Array(32).fill(7)
const MESSAGE = new TextEncoder().encode('alice promises bob')
const ORDER = p256.Point.Fn.ORDER
const FIELD = p256.Point.Fp.ORDER

const key = nobleCrypto.publicKey('ESP256', SECRET)
const signature = nobleCrypto.sign('ESP256', SECRET, MESSAGE)
const [r, s] = [numberOf(signature.subarray(0, 32)), numberOf(signature.subarray(32))]

describe('a P-256 key', () => {
  it('is admitted as the uncompressed point', () => {
    assert.equal(key.bytes.length, 65)
    assert.ok(nobleCrypto.admitKey(key))
    assert.ok(nobleCrypto.admitKey(key))
  })

  it('is refused compressed, hybrid, cut, longer, off the curve, at infinity or not canonical', () => {
    const x = key.bytes.subarray(1, 33)
    const y = key.bytes.subarray(33)
    const wrong: Readonly<Record<string, Uint8Array>> = {
      compressed: p256.getPublicKey(SECRET, true),
      hybrid: bytesOf(6, x, y),
      'without its 04': bytesOf(x, y),
      cut: key.bytes.subarray(0, 64),
      longer: bytesOf(key.bytes, 0),
      'off the curve': bytesOf(4, x, x),
      'at infinity': new Uint8Array(65),
      'the infinity of one byte': new Uint8Array(1),
      'with coordinates 0': bytesOf(4, new Uint8Array(64)),
      'with x above p': bytesOf(4, numberToBytesBE((5n + FIELD) % 2n ** 256n, 32), y),
      'with y negated twice': bytesOf(4, x, numberToBytesBE(FIELD, 32)),
      empty: new Uint8Array(0),
    }
    for (const [name, bytes] of Object.entries(wrong)) {
      assert.equal(nobleCrypto.admitKey({ algorithm: 'ESP256', bytes }), false, name)
      assert.equal(nobleCrypto.verify({ algorithm: 'ESP256', bytes }, MESSAGE, signature), false, name)
    }
    assert.equal(nobleCrypto.admitKey({ algorithm: 'Ed25519', bytes: key.bytes }), false)
  })
})

describe('an ESP256 signature', () => {
  it('holds for its message and key alone', () => {
    assert.ok(nobleCrypto.verify(key, MESSAGE, signature))
    assert.equal(nobleCrypto.verify(key, MESSAGE.subarray(1), signature), false)
    assert.equal(
      nobleCrypto.verify(nobleCrypto.publicKey('ESP256', new Uint8Array(32).fill(8)), MESSAGE, signature),
      false,
    )
  })

  it('is made with s in the lower half, and refused with its twin (S-29)', () => {
    for (let index = 0; index < 16; index++) {
      const message = Uint8Array.of(index)
      const signed = nobleCrypto.sign('ESP256', SECRET, message)
      const high = bytesOf(signed.subarray(0, 32), numberToBytesBE(ORDER - numberOf(signed.subarray(32)), 32))
      assert.ok(nobleCrypto.verify(key, message, signed))
      assert.ok(p256.verify(high, message, key.bytes, { lowS: false }), 'the twin holds by RFC 9053')
      assert.equal(nobleCrypto.verify(key, message, high), false)
      assert.deepEqual(toLowS(high), signed)
      assert.ok(nobleCrypto.verify(key, message, toLowS(high)), 'so a foreign form verifies the lower twin')
    }
  })

  it('is refused with r or s of 0, n, above n, or halves exchanged (S-30)', () => {
    const wrong: readonly [bigint, bigint][] = [
      [0n, s],
      [r, 0n],
      [ORDER, s],
      [r, ORDER],
      [r, ORDER >> 1n],
      [r, (ORDER >> 1n) + 1n],
      [s, r],
      [2n ** 256n - 1n, s],
      [r, 2n ** 256n - 1n],
      [0n, 0n],
    ]
    for (const [one, other] of wrong) {
      assert.equal(
        nobleCrypto.verify(key, MESSAGE, bytesOf(numberToBytesBE(one, 32), numberToBytesBE(other, 32))),
        false,
      )
    }
  })

  it('is refused in DER and with another length (S-23)', () => {
    const der = p256.Signature.fromBytes(signature, 'compact').toBytes('der')
    for (const wrong of [
      der,
      signature.subarray(1),
      signature.subarray(0, 63),
      bytesOf(signature, 0),
      new Uint8Array(0),
    ]) {
      assert.equal(nobleCrypto.verify(key, MESSAGE, wrong), false)
    }
  })

  it('does not survive a flip of any of its bits', () => {
    for (let bit = 0; bit < 512; bit += 3) {
      const flipped = Uint8Array.from(signature)
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7))
      assert.equal(nobleCrypto.verify(key, MESSAGE, flipped), false)
    }
  })
})

describe('the lower twin', () => {
  it('leaves alone what is low already or no signature', () => {
    for (const bytes of [
      signature,
      new Uint8Array(0),
      new Uint8Array(63),
      new Uint8Array(64).fill(0xff),
      new Uint8Array(64),
    ]) {
      assert.deepEqual(toLowS(bytes), bytes)
    }
  })
})

describe('a P-256 secret', () => {
  it('is a scalar of 32 bytes between 1 and n - 1', () => {
    for (const length of [0, 31, 33])
      assert.throws(() => nobleCrypto.sign('ESP256', new Uint8Array(length).fill(1), MESSAGE), TypeError)
    for (const scalar of [0n, ORDER, 2n ** 256n - 1n]) {
      assert.throws(() => nobleCrypto.sign('ESP256', numberToBytesBE(scalar, 32), MESSAGE), RangeError)
      assert.throws(() => nobleCrypto.publicKey('ESP256', numberToBytesBE(scalar, 32)), RangeError)
    }
    for (const scalar of [1n, ORDER - 1n]) {
      const secret = numberToBytesBE(scalar, 32)
      assert.ok(
        nobleCrypto.verify(
          nobleCrypto.publicKey('ESP256', secret),
          MESSAGE,
          nobleCrypto.sign('ESP256', secret, MESSAGE),
        ),
      )
    }
  })
})

describe('hashes and randomness', () => {
  it('are SHA-256 and SHA-512', () => {
    assert.deepEqual(
      nobleCrypto.sha256(new Uint8Array(0)),
      hexToBytes('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'),
    )
    assert.equal(nobleCrypto.sha512(new Uint8Array(0)).length, 64)
  })

  it('are fresh bytes of the length that was asked for', () => {
    for (const length of [0, 1, 16, 1000]) assert.equal(nobleCrypto.random(length).length, length)
    assert.notDeepEqual(nobleCrypto.random(32), nobleCrypto.random(32))
  })
})

function bytesOf(...parts: (number | Uint8Array)[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => (typeof part === 'number' ? [part] : [...part])))
}

function numberOf(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
}
