/**
 * Secrets of ML-KEM-768 as FIPS 203 expands a seed: what others hand over who have kept no seed. One form on
 * every platform, whatever its engine reads: s, then the public key, its hash, and the value z.
 */
import { equalBytes } from '@noble/ciphers/utils.js'
import { sha3_256 } from '@noble/hashes/sha3.js'
import { ml_kem768 } from '@noble/post-quantum/ml-kem.js'
import { admitMlKem, isReducedMlKem } from './ml-kem-strict.ts'

const SECRET_BYTES = 2400
const KEY_AT = 1152
const HASH_AT = 2336
const Z_AT = 2368

/** Whether the parts are numbers of the field and belong together: the check of FIPS 203, 7.3, and that of 7.2. */
export function isExpandedMlKem(secret: Uint8Array): boolean {
  if (secret.length !== SECRET_BYTES) return false
  const key = mlKemKeyOf(secret)
  const hash = secret.subarray(HASH_AT, Z_AT)
  return isReducedMlKem(secret.subarray(0, KEY_AT)) && admitMlKem(key) && equalBytes(sha3_256(key), hash)
}

/** The public key in an expanded secret. */
export function mlKemKeyOf(secret: Uint8Array): Uint8Array {
  return secret.slice(KEY_AT, HASH_AT)
}

/** For an expanded secret that has been found to be one. */
export function decapsulateExpanded(secret: Uint8Array, ciphertext: Uint8Array): Uint8Array {
  return Uint8Array.from(ml_kem768.decapsulate(ciphertext, secret))
}
