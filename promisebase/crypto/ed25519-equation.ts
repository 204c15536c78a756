/** The equation of Ed25519, for keys and signatures that have passed the checks. */
import { ed25519 } from '@noble/curves/ed25519.js'
import { bytesToNumberLE, equalBytes } from '@noble/curves/utils.js'
import { sha512 } from '@noble/hashes/sha2.js'
import { concatBytes } from '@noble/hashes/utils.js'
import { pointOfEd25519 } from './ed25519-strict.ts'

/**
 * RFC 8032 without the cofactor: S·B − k·A must be R, byte for byte. The `verify` of the library multiplies
 * both sides by 8 and would accept what other engines refuse. `prefix` is hashed first, by the variants that
 * have one.
 */
export function holdsEd25519(
  key: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
  prefix: Uint8Array = new Uint8Array(0),
): boolean {
  const point = pointOfEd25519(key)
  if (point === undefined) return false
  const r = signature.subarray(0, 32)
  const s = bytesToNumberLE(signature.subarray(32))
  const k = ed25519.Point.Fn.create(bytesToNumberLE(sha512(concatBytes(prefix, r, key, message))))
  const sum = ed25519.Point.BASE.multiplyUnsafe(s).subtract(point.multiplyUnsafe(k))
  return equalBytes(sum.toBytes(), r)
}
