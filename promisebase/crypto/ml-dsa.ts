/**
 * ML-DSA as FIPS 204 has it, in plain JavaScript: the reference, with the context string that our own
 * signatures leave empty (RFC 9964) and other protocols fill.
 */
import { ml_dsa44, ml_dsa65, ml_dsa87 } from '@noble/post-quantum/ml-dsa.js'
import { isMlDsaKey, isMlDsaSignature } from './ml-dsa-strict.ts'
import type { MlDsaAlgorithm } from './ml-dsa-strict.ts'

const SETS = { 'ML-DSA-44': ml_dsa44, 'ML-DSA-65': ml_dsa65, 'ML-DSA-87': ml_dsa87 }

const CONTEXT_BYTES_MAX = 255
const EMPTY = new Uint8Array(0)

/** The public key of a seed of 32 bytes. */
export function mlDsaPublicKey(algorithm: MlDsaAlgorithm, seed: Uint8Array): Uint8Array {
  return SETS[algorithm].keygen(seed).publicKey
}

/**
 * Signs with a seed of 32 bytes. `entropy` hedges against faults and side channels: 32 fresh bytes, or 32
 * zeros for the deterministic variant.
 * @throws {TypeError} for a seed or entropy of another size @throws {RangeError} for a context above 255 bytes
 */
export function signMlDsa(
  algorithm: MlDsaAlgorithm,
  seed: Uint8Array,
  message: Uint8Array,
  entropy: Uint8Array,
  context: Uint8Array = EMPTY,
): Uint8Array {
  if (seed.length !== 32) throw new TypeError('seed must have 32 bytes')
  if (entropy.length !== 32) throw new TypeError('entropy must have 32 bytes')
  if (context.length > CONTEXT_BYTES_MAX) throw new RangeError('context must have at most 255 bytes')
  const { secretKey } = SETS[algorithm].keygen(seed)
  try {
    return SETS[algorithm].sign(message, secretKey, { extraEntropy: entropy, context })
  } finally {
    secretKey.fill(0)
  }
}

/** The verdict of FIPS 204; keys that nobody should be known by are for `admitKey` to refuse. */
export function verifyMlDsa(
  algorithm: MlDsaAlgorithm,
  key: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
  context: Uint8Array = EMPTY,
): boolean {
  if (context.length > CONTEXT_BYTES_MAX) return false
  if (!isMlDsaKey(algorithm, key) || !isMlDsaSignature(algorithm, signature)) return false
  return SETS[algorithm].verify(signature, message, key, { context })
}
