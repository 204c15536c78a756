/**
 * Secrets of ML-DSA in plain JavaScript: the seed of 32 bytes, or what FIPS 204 expands it to, for others may have
 * kept no seed: ρ, K, tr = H(public key), s1, s2, t0. Whoever expands one wipes it.
 */
import { equalBytes } from '@noble/ciphers/utils.js'
import { shake256 } from '@noble/hashes/sha3.js'
import { ml_dsa44, ml_dsa65, ml_dsa87 } from '@noble/post-quantum/ml-dsa.js'
import type { MlDsaAlgorithm } from './ml-dsa-strict.ts'

export const ML_DSA = { 'ML-DSA-44': ml_dsa44, 'ML-DSA-65': ml_dsa65, 'ML-DSA-87': ml_dsa87 }

const SEED_BYTES = 32
const TR_AT = 64
export const TR_BYTES = 64

/** The expanded secret, a copy. @throws {TypeError} for another size, and where the parts are none or not of one key */
export function expandMlDsa(algorithm: MlDsaAlgorithm, secret: Uint8Array): Uint8Array {
  if (secret.length === SEED_BYTES) return ML_DSA[algorithm].keygen(secret).secretKey
  expandedKey(algorithm, secret)
  return secret.slice()
}

/** The public key of a secret in either form. @throws {TypeError} as {@link expandMlDsa} does */
export function mlDsaPublicKey(algorithm: MlDsaAlgorithm, secret: Uint8Array): Uint8Array {
  return secret.length === SEED_BYTES
    ? ML_DSA[algorithm].keygen(secret).publicKey
    : expandedKey(algorithm, secret)
}

/** Computed from s1 and s2, and held against tr: a secret put together from two would sign for neither. */
function expandedKey(algorithm: MlDsaAlgorithm, secret: Uint8Array): Uint8Array {
  const { secretKey: size = 0 } = ML_DSA[algorithm].lengths
  if (secret.length !== size) throw new TypeError(`secret must be a seed of 32 bytes or have ${size}`)
  const key = keyWithin(algorithm, secret)
  const tr = secret.subarray(TR_AT, TR_AT + TR_BYTES)
  if (!equalBytes(shake256(key, { dkLen: TR_BYTES }), tr))
    throw new TypeError('secret must have parts that belong together')
  return key
}

/** The library throws for numbers of s1 and s2 that are out of range, and for nothing else of this size. */
function keyWithin(algorithm: MlDsaAlgorithm, secret: Uint8Array): Uint8Array {
  try {
    return ML_DSA[algorithm].getPublicKey(secret)
  } catch {
    throw new TypeError('secret must have small numbers in s1 and s2')
  }
}
