/**
 * An engine with a fast X25519 admits keys by one multiplication instead of a group operation in plain
 * JavaScript. Both must say the same of every encoding there is, so the facts behind the short way are
 * tested beside its answers.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ed25519 } from '@noble/curves/ed25519.js'
import { bytesToNumberLE, numberToBytesLE } from '@noble/curves/utils.js'
import { fc } from '../../conformance/test/laws.ts'

import { admitEd25519, PRIME_ORDER_SCALAR } from '../crypto/ed25519-strict.ts'
import { nobleAgreementEngine } from '../index.ts'
import type { Ed25519Point } from '../crypto/ed25519-strict.ts'

const { Point } = ed25519
const ORDER = Point.Fn.ORDER
const FIELD = Point.Fp.ORDER
const TORSION = Point.fromHex('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a')

/** Some multiplications in plain JavaScript are a millisecond each. */
const RUNS = { numRuns: 40 }

const product = (u: Uint8Array): Uint8Array | undefined => nobleAgreementEngine.x25519(PRIME_ORDER_SCALAR, u)

/** The short way, and then the long one: what is admitted is remembered, what is refused is not. */
function bothAdmit(key: Uint8Array): boolean {
  const short = admitEd25519(key, product)
  assert.equal(short, isOfPrimeOrder(key), Buffer.from(key).toString('hex'))
  return short
}

function isOfPrimeOrder(key: Uint8Array): boolean {
  try {
    const point = Point.fromBytes(key, false)
    return !point.isSmallOrder() && point.isTorsionFree()
  } catch {
    return false
  }
}

const point = fc
  .bigInt({ min: 1n, max: ORDER - 1n })
  .map((scalar): Ed25519Point => Point.BASE.multiplyUnsafe(scalar))

describe('admission by X25519', () => {
  it('multiplies by a number that RFC 7748 takes as it is', () => {
    const scalar = bytesToNumberLE(PRIME_ORDER_SCALAR)
    assert.equal(scalar, 5n * ORDER - 1n)
    assert.equal(scalar % 8n, 0n)
    assert.ok(scalar >= 1n << 254n && scalar < 1n << 255n)
  })

  it('leads from no point of the twist back to itself', () => {
    const twist = 2n * FIELD + 2n - 8n * ORDER
    assert.equal(greatestCommonDivisor(5n * ORDER, twist), 1n)
    assert.equal(greatestCommonDivisor(5n * ORDER - 2n, twist), 1n)
  })

  it('takes points of prime order, and none of their seven neighbours of mixed order', () => {
    fc.assert(
      fc.property(point, (honest) => {
        let mixed = honest
        for (let step = 0; step < 8; step += 1) {
          assert.equal(bothAdmit(mixed.toBytes()), step === 0)
          mixed = mixed.add(TORSION)
        }
      }),
      { numRuns: 12 },
    )
  })

  it('says of any 32 bytes what the group says', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => void bothAdmit(bytes)),
      RUNS,
    )
  })

  it('refuses every multiple of the point of order eight, and y that no point has', () => {
    let small = TORSION
    for (let step = 0; step < 8; step += 1) {
      assert.equal(bothAdmit(small.toBytes()), false)
      small = small.add(TORSION)
    }
    for (let y = 0n; y < 20n; y += 1n) {
      bothAdmit(numberToBytesLE(y, 32))
      bothAdmit(numberToBytesLE(FIELD - 1n - y, 32))
    }
  })
})

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  return b === 0n ? a : greatestCommonDivisor(b, a % b)
}
