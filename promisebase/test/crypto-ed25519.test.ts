import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ed25519 } from '@noble/curves/ed25519.js'
import { hexToBytes, numberToBytesLE } from '@noble/curves/utils.js'
import { nobleCrypto } from '../index.ts'
import type { PublicKey } from '../index.ts'

const SEED = new Uint8Array(32).fill(7)
const MESSAGE = new TextEncoder().encode('alice promises bob')
const ORDER = ed25519.Point.Fn.ORDER

/** An encoding of each point of small order: canonical, with the sign of zero set, and with y above p. */
const SMALL = [
  '0100000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000080',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0000000000000000000000000000000000000000000000000000000000000080',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
]

describe('an Ed25519 key', () => {
  it('is admitted when it is one, again and again', () => {
    const key = nobleCrypto.publicKey('Ed25519', SEED)
    assert.ok(nobleCrypto.admitKey(key))
    assert.ok(nobleCrypto.admitKey(key))
    assert.ok(nobleCrypto.admitKey({ algorithm: 'Ed25519', bytes: Buffer.from(key.bytes) }))
  })

  it('is refused when of small order or not canonical (S-25 to S-27)', () => {
    for (const hex of SMALL) assert.equal(nobleCrypto.admitKey(keyOf(hex)), false, hex)
    // Every y from p to 2^255 - 1 is a second encoding of a y below 19.
    for (let low = 0xed; low <= 0xff; low++) {
      for (const high of ['7f', 'ff']) {
        assert.equal(nobleCrypto.admitKey(keyOf(low.toString(16) + 'ff'.repeat(30) + high)), false)
      }
    }
  })

  it('is refused when of mixed order: an honest key plus a point of small order', () => {
    const honest = ed25519.Point.fromBytes(nobleCrypto.publicKey('Ed25519', SEED).bytes)
    for (const hex of ['ec' + 'ff'.repeat(30) + '7f', SMALL[6] as string, SMALL[8] as string]) {
      const mixed = honest.add(ed25519.Point.fromHex(hex))
      assert.equal(nobleCrypto.admitKey(keyOf(mixed.toHex())), false)
    }
  })

  it('is refused when not on the curve, of another length or of another algorithm', () => {
    const { bytes } = nobleCrypto.publicKey('Ed25519', SEED)
    assert.equal(nobleCrypto.admitKey(keyOf('02' + '00'.repeat(31))), false)
    for (const length of [0, 31])
      assert.equal(nobleCrypto.admitKey({ algorithm: 'Ed25519', bytes: bytes.subarray(0, length) }), false)
    assert.equal(nobleCrypto.admitKey({ algorithm: 'Ed25519', bytes: Uint8Array.from([...bytes, 0]) }), false)
    assert.equal(nobleCrypto.admitKey({ algorithm: 'ESP256', bytes }), false)
    assert.equal(nobleCrypto.admitKey({ algorithm: 'Ed448' as 'Ed25519', bytes }), false)
  })
})

describe('an Ed25519 signature', () => {
  const key = nobleCrypto.publicKey('Ed25519', SEED)
  const signature = nobleCrypto.sign('Ed25519', SEED, MESSAGE)

  it('holds for its message and key alone', () => {
    assert.ok(nobleCrypto.verify(key, MESSAGE, signature))
    assert.equal(nobleCrypto.verify(key, MESSAGE.subarray(1), signature), false)
    const mallory = nobleCrypto.publicKey('Ed25519', new Uint8Array(32).fill(8))
    assert.equal(nobleCrypto.verify(mallory, MESSAGE, signature), false)
  })

  it('does not survive a flip of any of its bits', () => {
    for (let bit = 0; bit < 512; bit += 1) {
      const flipped = Uint8Array.from(signature)
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7))
      assert.equal(nobleCrypto.verify(key, MESSAGE, flipped), false)
    }
  })

  it('is refused with another length (S-23)', () => {
    for (const length of [0, 32, 63])
      assert.equal(nobleCrypto.verify(key, MESSAGE, signature.subarray(0, length)), false)
    assert.equal(nobleCrypto.verify(key, MESSAGE, Uint8Array.from([...signature, 0])), false)
  })

  it('is refused with L added to S (S-24)', () => {
    const s = BigInt(`0x${Buffer.from(signature.subarray(32)).reverse().toString('hex')}`)
    const twin = Uint8Array.from([...signature.subarray(0, 32), ...numberToBytesLE(s + ORDER, 32)])
    assert.equal(nobleCrypto.verify(key, MESSAGE, twin), false)
  })

  it('is refused with a small R or key, whatever the message (S-25, S-26)', () => {
    for (const r of SMALL) {
      for (const a of SMALL) {
        const forged = hexToBytes(r + '00'.repeat(32))
        assert.equal(nobleCrypto.verify(keyOf(a), MESSAGE, forged), false)
      }
      assert.equal(nobleCrypto.verify(key, MESSAGE, hexToBytes(r + '00'.repeat(32))), false)
    }
  })

  it('is refused where only the cofactored equation holds', () => {
    // R plus a point of order 8, and S made for it: eight times the difference is zero, the difference is not.
    const torsion = ed25519.Point.fromHex(SMALL[8] as string)
    const { scalar } = ed25519.utils.getExtendedPublicKey(SEED)
    const r = ed25519.Point.BASE.multiply(12345n).add(torsion).toBytes()
    const digest = nobleCrypto.sha512(Uint8Array.from([...r, ...key.bytes, ...MESSAGE]))
    const k = ed25519.Point.Fn.create(BigInt(`0x${Buffer.from(digest).reverse().toString('hex')}`))
    const s = ed25519.Point.Fn.create(12345n + k * scalar)
    const forged = Uint8Array.from([...r, ...numberToBytesLE(s, 32)])
    assert.ok(ed25519.verify(forged, MESSAGE, key.bytes), 'the library takes it')
    assert.equal(nobleCrypto.verify(key, MESSAGE, forged), false)
  })
})

describe('an Ed25519 secret', () => {
  it('is a seed of 32 bytes and nothing else', () => {
    for (const length of [0, 31, 33, 64]) {
      assert.throws(() => nobleCrypto.sign('Ed25519', new Uint8Array(length), MESSAGE), TypeError)
      assert.throws(() => nobleCrypto.publicKey('Ed25519', new Uint8Array(length)), TypeError)
    }
    assert.throws(() => nobleCrypto.sign('Ed448' as 'Ed25519', SEED, MESSAGE), TypeError)
  })
})

function keyOf(hex: string): PublicKey {
  return { algorithm: 'Ed25519', bytes: hexToBytes(hex) }
}
