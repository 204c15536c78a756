/**
 * ML-DSA in two steps (FIPS 204, 6.2): one machine hashes key, context and message to μ, another, which holds the
 * secret and need not see the message, signs it. The signatures are those of `ml-dsa.ts`.
 */
import { shake256 } from '@noble/hashes/sha3.js'
import { CONTEXT_BYTES_MAX, withExpanded } from './ml-dsa.ts'
import { ML_DSA, TR_BYTES } from './ml-dsa-secret.ts'
import { isMlDsaKey, isMlDsaSignature } from './ml-dsa-strict.ts'
import type { MlDsaAlgorithm } from './ml-dsa-strict.ts'

const MU_BYTES = 64
/** In front of the context where the message itself is signed, and not a hash of it. */
const PURE = 0

/** μ of a message. @throws {RangeError} for a context above 255 bytes */
export function mlDsaMu(
  key: Uint8Array,
  message: Uint8Array,
  context: Uint8Array = new Uint8Array(0),
): Uint8Array {
  if (context.length > CONTEXT_BYTES_MAX) throw new RangeError('context must have at most 255 bytes')
  return shake256
    .create({ dkLen: MU_BYTES })
    .update(shake256(key, { dkLen: TR_BYTES }))
    .update(Uint8Array.of(PURE, context.length))
    .update(context)
    .update(message)
    .digest()
}

/** Signs μ as `signMlDsa` signs a message. @throws {TypeError} for another secret, or μ or entropy of another size */
export function signMlDsaMu(
  algorithm: MlDsaAlgorithm,
  secret: Uint8Array,
  mu: Uint8Array,
  entropy: Uint8Array,
): Uint8Array {
  if (mu.length !== MU_BYTES) throw new TypeError(`mu must have ${MU_BYTES} bytes`)
  return withExpanded(algorithm, secret, entropy, (expanded) =>
    ML_DSA[algorithm].internal.sign(mu, expanded, { extraEntropy: entropy, externalMu: true }),
  )
}

/** Whether the signature is one of μ: what it says of a message is for those to know who have hashed it. */
export function verifyMlDsaMu(
  algorithm: MlDsaAlgorithm,
  key: Uint8Array,
  mu: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (mu.length !== MU_BYTES || !isMlDsaKey(algorithm, key) || !isMlDsaSignature(algorithm, signature))
    return false
  return ML_DSA[algorithm].internal.verify(signature, mu, key, { externalMu: true })
}
