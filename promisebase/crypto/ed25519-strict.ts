/**
 * What an Ed25519 key and signature must be before any engine sees them. Engines disagree on points of
 * small order, on encodings that are not canonical and on the equation itself; after these checks the
 * cofactored and the cofactorless equation, and every engine, come to the same verdict (RFC 8032, 5.1.7).
 */
import { ed25519 } from '@noble/curves/ed25519.js'
import { numberToBytesLE } from '@noble/curves/utils.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { bytesKey } from '../bytes-key.ts'
import { BoundedMap } from '../bounded-map.ts'

export type Ed25519Point = InstanceType<typeof ed25519.Point>

/**
 * The y of every point of small order, little-endian with the sign bit clear; either sign of x is such a
 * point, or, where x is 0, an encoding that is not canonical.
 */
const SMALL_ORDER_Y: ReadonlySet<string> = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
])

/** L, the order of the group, little-endian. */
const ORDER = numberToBytesLE(ed25519.Point.Fn.ORDER, 32)

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
  if (signature.length !== 64) return false
  return isBelow(signature.subarray(32), ORDER) && isCanonicalLargePoint(signature.subarray(0, 32))
}

function isCanonicalLargePoint(encoded: Uint8Array): boolean {
  if (encoded.length !== 32) return false
  const y = Uint8Array.from(encoded)
  y[31] = (y[31] as number) & 0x7f
  return isBelow(y, FIELD) && !SMALL_ORDER_Y.has(bytesToHex(y))
}

function decompress(key: Uint8Array): Ed25519Point | undefined {
  try {
    return ed25519.Point.fromBytes(Uint8Array.from(key), false)
  } catch {
    return undefined
  }
}

/** Compares numbers of 32 bytes, least significant first. */
function isBelow(value: Uint8Array, bound: Uint8Array): boolean {
  for (let index = 31; index >= 0; index--) {
    const difference = (value[index] as number) - (bound[index] as number)
    if (difference !== 0) return difference < 0
  }
  return false
}
