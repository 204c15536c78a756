/**
 * ML-DSA in two steps (FIPS 204, 6.2): one machine hashes key, context and message to μ, another, which holds the
 * secret and need not see the message, signs it. The signatures are those of `ml-dsa.ts`.
 */
import { shake256 } from '@noble/hashes/sha3.js'
import { concatBytes } from '@noble/hashes/utils.js'
import { CONTEXT_BYTES_MAX, withExpanded } from './ml-dsa.ts'
import { ML_DSA, TR_BYTES } from './ml-dsa-secret.ts'
import { isMlDsaKey, isMlDsaSignature } from './ml-dsa-strict.ts'
import type { MlDsaAlgorithm } from './ml-dsa-strict.ts'

const MU_BYTES = 64
const EMPTY = new Uint8Array(0)
/** In front of the context: whether the message itself is signed, or a hash of it. */
const PURE = 0
const PRE_HASHED = 1

/** The last number of the hash in NIST's list of algorithms. */
const HASH_NUMBERS = {
  'sha2-256': 1,
  'sha2-384': 2,
  'sha2-512': 3,
  'sha2-224': 4,
  'sha2-512/224': 5,
  'sha2-512/256': 6,
  'sha3-224': 7,
  'sha3-256': 8,
  'sha3-384': 9,
  'sha3-512': 10,
  'shake-128': 11,
  'shake-256': 12,
} as const

/** What HashML-DSA signs the digest of; the SHAKEs to 32 and 64 bytes. */
export type MlDsaHash = keyof typeof HASH_NUMBERS

/** μ of a message. @throws {RangeError} for a context above 255 bytes */
export function mlDsaMu(key: Uint8Array, message: Uint8Array, context: Uint8Array = EMPTY): Uint8Array {
  return muOf(key, PURE, context, message)
}

/**
 * μ of HashML-DSA (FIPS 204, 5.4): in place of the message stands its digest, made by the caller, with the name of
 * the hash. The signature is worth no more than that hash.
 * @throws {RangeError} for a context above 255 bytes @throws {TypeError} for a hash that is none
 */
export function hashMlDsaMu(
  key: Uint8Array,
  hash: MlDsaHash,
  digest: Uint8Array,
  context: Uint8Array = EMPTY,
): Uint8Array {
  if (!Object.hasOwn(HASH_NUMBERS, hash)) throw new TypeError('hash is not known')
  // 2.16.840.1.101.3.4.2 in DER, and the number.
  const name = Uint8Array.of(0x06, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, HASH_NUMBERS[hash])
  return muOf(key, PRE_HASHED, context, concatBytes(name, digest))
}

function muOf(key: Uint8Array, kind: number, context: Uint8Array, signed: Uint8Array): Uint8Array {
  if (context.length > CONTEXT_BYTES_MAX) throw new RangeError('context must have at most 255 bytes')
  return shake256
    .create({ dkLen: MU_BYTES })
    .update(shake256(key, { dkLen: TR_BYTES }))
    .update(Uint8Array.of(kind, context.length))
    .update(context)
    .update(signed)
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
