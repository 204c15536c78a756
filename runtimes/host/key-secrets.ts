/** The secrets of an identity: made, and made a signer of. */
import { createKeySetSigner, createSigner } from '../../kernel/index.ts'
import { createRsaSecret } from './node-crypto.ts'
import type { Signer } from '../../kernel/index.ts'
import type { CryptoProvider, SignatureAlgorithm } from '../../promisebase/index.ts'

export interface SecretKey {
  readonly algorithm: SignatureAlgorithm
  readonly secret: Uint8Array
}

/** What an identity can be made of: one key, or `hybrid`, an Ed25519 and an ML-DSA-65 key that sign together. */
export type IdentityAlgorithm = SignatureAlgorithm | 'hybrid'

const RSA_BITS = 3_072
/** What cannot be broken as long as either of them holds. */
const HYBRID: readonly SignatureAlgorithm[] = ['Ed25519', 'ML-DSA-65']

/** New secrets for an identity. */
export function freshSecrets(crypto: CryptoProvider, algorithm: IdentityAlgorithm): readonly SecretKey[] {
  const algorithms = algorithm === 'hybrid' ? HYBRID : [algorithm]
  return algorithms.map((each) => ({ algorithm: each, secret: freshSecret(crypto, each) }))
}

/** Who signs with these secrets. @throws {TypeError | RangeError} for secrets that are none */
export function signerOf(crypto: CryptoProvider, secrets: readonly SecretKey[]): Signer {
  const [key, another] = secrets
  const isDidKey = another === undefined && (key?.algorithm === 'Ed25519' || key?.algorithm === 'ESP256')
  return isDidKey ? createSigner(crypto, key.algorithm, key.secret) : createKeySetSigner(crypto, secrets)
}

function freshSecret(crypto: CryptoProvider, algorithm: SignatureAlgorithm): Uint8Array {
  if (algorithm === 'PS256') return createRsaSecret(RSA_BITS)
  for (;;) {
    const secret = crypto.random(32)
    // Of 2^32 random P-256 scalars about one is out of range.
    if (algorithm !== 'ESP256' || isScalar(crypto, secret)) return secret
  }
}

function isScalar(crypto: CryptoProvider, secret: Uint8Array): boolean {
  try {
    crypto.publicKey('ESP256', secret)
    return true
  } catch {
    return false
  }
}
