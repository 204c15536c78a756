/**
 * What an Ed25519 key and signature must be before any engine sees them. Engines disagree on points of
 * small order, on encodings that are not canonical and on the equation itself; after these checks the
 * cofactored and the cofactorless equation, and every engine, come to the same verdict (RFC 8032, 5.1.7).
 */
import { ed25519 } from '@noble/curves/ed25519.js'
import { numberToBytesLE } from '@noble/curves/utils.js'
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

/** Admission multiplies a point; the keys in use are admitted once and remembered. */
const admitted = new BoundedMap<string, Ed25519Point>(4096)

/** The point of an admitted key: canonical, on the curve, neither of small nor of mixed order. */
export function admitEd25519(key: Uint8Array): Ed25519Point | undefined {
  if (!isCanonicalLargePoint(key)) return undefined
  const name = bytesKey(key)
  const known = admitted.get(name)
  if (known !== undefined) return known
  const point = decompress(key)
  if (point === undefined || !point.isTorsionFree()) return undefined
  admitted.set(name, point)
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
