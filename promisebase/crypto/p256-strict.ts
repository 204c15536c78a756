/**
 * What a P-256 key and signature must be before any engine sees them: the uncompressed point, on the curve,
 * and r and s in range with s in the lower half, so that nobody can turn one signature into another one.
 */
import { p256 } from '@noble/curves/nist.js'
import { bytesToNumberBE, numberToBytesBE } from '@noble/curves/utils.js'
import { bytesKey } from '../bytes-key.ts'
import { BoundedMap } from '../bounded-map.ts'

const ORDER = p256.Point.Fn.ORDER
const LOW_S_MAX = ORDER >> 1n

/** The curve equation costs some microseconds; the keys in use are admitted once and remembered. */
const admitted = new BoundedMap<string, true>(4096)

/** Whether this is the 65-byte point of a key: canonical coordinates, on the curve. */
export function admitP256(key: Uint8Array): boolean {
  if (key.length !== 65 || key[0] !== 4) return false
  const name = bytesKey(key)
  if (admitted.get(name) === true) return true
  if (!isOnCurve(key)) return false
  admitted.set(name, true)
  return true
}

/** Whether these 64 bytes can be a signature of ours: 0 < r < n and 0 < s ≤ n/2. */
export function isP256Signature(signature: Uint8Array): boolean {
  if (signature.length !== 64) return false
  const r = bytesToNumberBE(signature.subarray(0, 32))
  const s = bytesToNumberBE(signature.subarray(32))
  return r > 0n && r < ORDER && s > 0n && s <= LOW_S_MAX
}

/** Whether these 32 bytes are a secret scalar. */
export function isP256Secret(secret: Uint8Array): boolean {
  const scalar = bytesToNumberBE(secret)
  return secret.length === 32 && scalar > 0n && scalar < ORDER
}

/**
 * The twin with s in the lower half; the same bytes when it is there already or is no signature. A foreign
 * form that allows both halves is verified through it: r‖s and r‖(n−s) have one verdict.
 */
export function toLowS(signature: Uint8Array): Uint8Array {
  if (signature.length !== 64) return signature
  const s = bytesToNumberBE(signature.subarray(32))
  if (s <= LOW_S_MAX || s >= ORDER) return signature
  const low = Uint8Array.from(signature)
  low.set(numberToBytesBE(ORDER - s, 32), 32)
  return low
}

function isOnCurve(key: Uint8Array): boolean {
  try {
    p256.Point.fromBytes(Uint8Array.from(key)).assertValidity()
    return true
  } catch {
    return false
  }
}
