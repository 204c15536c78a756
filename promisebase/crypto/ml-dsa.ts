/**
 * ML-DSA as FIPS 204 has it, in plain JavaScript: the reference, with the context string that our own
 * signatures leave empty (RFC 9964) and other protocols fill.
 */
import { expandMlDsa, ML_DSA } from './ml-dsa-secret.ts'
import { isMlDsaKey, isMlDsaSignature } from './ml-dsa-strict.ts'
import type { MlDsaAlgorithm } from './ml-dsa-strict.ts'

export const CONTEXT_BYTES_MAX = 255
const EMPTY = new Uint8Array(0)

/**
 * Signs with a seed of 32 bytes, or with an expanded secret. `entropy` hedges against faults and side channels:
 * 32 fresh bytes, or 32 zeros for the deterministic variant.
 * @throws {TypeError} for another secret or entropy of another size @throws {RangeError} for a context above 255 bytes
 */
export function signMlDsa(
  algorithm: MlDsaAlgorithm,
  secret: Uint8Array,
  message: Uint8Array,
  entropy: Uint8Array,
  context: Uint8Array = EMPTY,
): Uint8Array {
  if (context.length > CONTEXT_BYTES_MAX) throw new RangeError('context must have at most 255 bytes')
  return withExpanded(algorithm, secret, entropy, (expanded) =>
    ML_DSA[algorithm].sign(message, expanded, { extraEntropy: entropy, context }),
  )
}

/** Lends the expanded secret, and wipes it. */
export function withExpanded(
  algorithm: MlDsaAlgorithm,
  secret: Uint8Array,
  entropy: Uint8Array,
  sign: (expanded: Uint8Array) => Uint8Array,
): Uint8Array {
  if (entropy.length !== 32) throw new TypeError('entropy must have 32 bytes')
  const expanded = expandMlDsa(algorithm, secret)
  try {
    return sign(expanded)
  } finally {
    expanded.fill(0)
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
  return ML_DSA[algorithm].verify(signature, message, key, { context })
}
