/**
 * What an Ed25519 key and signature must be before any engine sees them. Engines disagree on points of
 * small order, on encodings that are not canonical and on the equation itself; after these checks the
 * cofactored and the cofactorless equation, and every engine, come to the same verdict (RFC 8032, 5.1.7).
 */
import { ed25519 } from '@noble/curves/ed25519.js'
import { bytesToNumberLE, equalBytes, numberToBytesLE } from '@noble/curves/utils.js'
import { hexToBytes } from '@noble/hashes/utils.js'
import { bytesKey } from '../bytes-key.ts'
import { BoundedMap } from '../bounded-map.ts'

export type Ed25519Point = InstanceType<typeof ed25519.Point>

/**
 * The y of every point of small order, little-endian with the sign bit clear; either sign of x is such a
 * point, or, where x is 0, an encoding that is not canonical.
 */
const SMALL_ORDER_Y: readonly Uint8Array[] = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
].map(hexToBytes)

/** L, the order of the group, little-endian. */
const ORDER = numberToBytesLE(ed25519.Point.Fn.ORDER, 32)

/** The last byte of an encoded point without the sign of x. */
const Y_MASK = 0x7f

/** p, the order of the field, little-endian. */
const FIELD = numberToBytesLE(ed25519.Point.Fp.ORDER, 32)

/**
 * 5L − 1: a multiple of 8 between 2^254 and 2^255, which X25519 therefore takes as it is. Little-endian.
 * See {@link isPrimeOrderByX25519}.
 */
export const PRIME_ORDER_SCALAR = numberToBytesLE(5n * ed25519.Point.Fn.ORDER - 1n, 32)

/** The u of the product of a point, given by its u, and {@link PRIME_ORDER_SCALAR}; undefined when it is zero. */
export type PrimeOrderProduct = (u: Uint8Array) => Uint8Array | undefined

/** Admission multiplies a point; the keys in use are admitted once and remembered. */
const admitted = new BoundedMap<string, { point?: Ed25519Point }>(4096)

/** Whether this key is canonical, on the curve, and neither of small nor of mixed order. */
export function admitEd25519(key: Uint8Array, product?: PrimeOrderProduct): boolean {
  if (!isCanonicalLargePoint(key)) return false
  const name = bytesKey(key)
  if (admitted.get(name) !== undefined) return true
  const isAdmitted = product === undefined ? isPrimeOrder(key) : isPrimeOrderByX25519(key, product)
  if (isAdmitted) admitted.set(name, {})
  return isAdmitted
}

/** The point of an admitted key. */
export function pointOfEd25519(key: Uint8Array): Ed25519Point | undefined {
  if (!admitEd25519(key)) return undefined
  const known = admitted.get(bytesKey(key))
  const point = known?.point ?? decompress(key)
  if (known !== undefined && point !== undefined) known.point = point
  return point
}

/** Whether these 64 bytes can be a signature at all: S below L, R canonical and not of small order. */
export function isEd25519Signature(signature: Uint8Array): boolean {
  return signature.length === 64 && isBelow(signature, 32, 0xff, ORDER) && isLargePoint(signature)
}

function isCanonicalLargePoint(encoded: Uint8Array): boolean {
  return encoded.length === 32 && isLargePoint(encoded)
}

/** Whether the first 32 bytes are a canonical encoding, and not of a point of small order. */
function isLargePoint(bytes: Uint8Array): boolean {
  return isBelow(bytes, 0, Y_MASK, FIELD) && !SMALL_ORDER_Y.some((y) => hasY(bytes, y))
}

function isPrimeOrder(key: Uint8Array): boolean {
  return decompress(key)?.isTorsionFree() === true
}

/**
 * The same verdict by one multiplication of X25519, for engines that have it fast. An honest point P has the order
 * L, so (5L − 1)P = −P, which has the same u. Otherwise P = Q + T with T of order 2, 4 or 8: the scalar is a multiple
 * of 8, so the product is −Q, and its u is another one, because P = Q and P = −Q would both make T zero.
 * What is no point of the curve has its u on the twist, of order 2p + 2 − 8L. Neither 5L nor 5L − 2 has a
 * factor in common with that, so no multiplication by 5L − 1 leads from a u of the twist back to it.
 */
function isPrimeOrderByX25519(key: Uint8Array, product: PrimeOrderProduct): boolean {
  const u = montgomeryU(key)
  const same = product(u)
  return same !== undefined && equalBytes(same, u)
}

/** u = (1 + y) / (1 − y) (RFC 7748, 4.1); y is not 1, which is of small order. */
function montgomeryU(key: Uint8Array): Uint8Array {
  const { Fp } = ed25519.Point
  const y = bytesToNumberLE(key) & ((1n << 255n) - 1n)
  return numberToBytesLE(Fp.div(Fp.add(Fp.ONE, y), Fp.sub(Fp.ONE, y)), 32)
}

function decompress(key: Uint8Array): Ed25519Point | undefined {
  try {
    return ed25519.Point.fromBytes(Uint8Array.from(key), false)
  } catch {
    return undefined
  }
}

/**
 * Compares the number of 32 bytes at `start`, least significant first and its last byte masked. In place,
 * because every signature passes here before it is verified.
 */
function isBelow(bytes: Uint8Array, start: number, lastMask: number, bound: Uint8Array): boolean {
  for (let index = 31; index >= 0; index--) {
    const byte = bytes[start + index] as number
    const difference = (index === 31 ? byte & lastMask : byte) - (bound[index] as number)
    if (difference !== 0) return difference < 0
  }
  return false
}

function hasY(bytes: Uint8Array, y: Uint8Array): boolean {
  for (let index = 0; index < 31; index++) if (bytes[index] !== y[index]) return false
  return ((bytes[31] as number) & Y_MASK) === y[31]
}
