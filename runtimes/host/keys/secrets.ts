/** The secrets of an identity: made, made a signer of, and the key that others encrypt to. */
import { createKeySetSigner, createSigner } from '../../../kernel/index.ts'
import { nodeAgreement } from '../powers/agreement.ts'
import { createRsaSecret } from '../powers/crypto.ts'
import type { EncryptionSecret, Signer } from '../../../kernel/index.ts'
import type { AgreementKey, CryptoProvider, SignatureAlgorithm } from '../../../promisebase/index.ts'

export interface SecretKey {
  readonly algorithm: SignatureAlgorithm
  readonly secret: Uint8Array
}

/** All that an identity keeps to itself: what it signs with, and what opens content that was encrypted to it. */
export interface Secrets {
  readonly secrets: readonly SecretKey[]
  readonly encryption?: EncryptionSecret
}

/** What an identity can be made of: one key, or `hybrid`, an Ed25519 and an ML-DSA-65 key that sign together. */
export type IdentityAlgorithm = SignatureAlgorithm | 'hybrid'

export interface NewIdentity {
  /** Give it an encryption key too. */
  readonly hasEncryptionKey?: boolean
}

const RSA_BITS = 3_072
const X_WING_SECRET_BYTES = 32
/** What cannot be broken as long as either of them holds. */
const HYBRID: readonly SignatureAlgorithm[] = ['Ed25519', 'ML-DSA-65']

/** New secrets for an identity. */
export function freshSecrets(
  crypto: CryptoProvider,
  algorithm: IdentityAlgorithm,
  { hasEncryptionKey = false }: NewIdentity = {},
): Secrets {
  const algorithms = algorithm === 'hybrid' ? HYBRID : [algorithm]
  const secrets = algorithms.map((each) => ({ algorithm: each, secret: freshSecret(crypto, each) }))
  return { secrets, ...(hasEncryptionKey && { encryption: freshEncryptionSecret(crypto) }) }
}

/** Every 32 bytes are a secret of X-Wing. */
export function freshEncryptionSecret(crypto: Pick<CryptoProvider, 'random'>): EncryptionSecret {
  return { algorithm: 'X-Wing', secret: crypto.random(X_WING_SECRET_BYTES) }
}

/** What others encrypt to, and may know. */
export function encryptionKeyOf({ algorithm, secret }: EncryptionSecret): AgreementKey {
  return nodeAgreement.publicKey(algorithm, secret)
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
