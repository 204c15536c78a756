/** The secrets of an identity: made, and made a signer of. */
import { createSigner } from '../../kernel/index.ts'
import type { Signer } from '../../kernel/index.ts'
import type { CryptoProvider, SignatureAlgorithm } from '../../promisebase/index.ts'

export interface SecretKey {
  readonly algorithm: SignatureAlgorithm
  readonly secret: Uint8Array
}

/** New secrets for an identity. */
export function freshSecrets(crypto: CryptoProvider, algorithm: SignatureAlgorithm): readonly SecretKey[] {
  return [{ algorithm, secret: freshSecret(crypto, algorithm) }]
}

/** Who signs with these secrets. @throws {TypeError | RangeError} for secrets that are none */
export function signerOf(crypto: CryptoProvider, [key, another]: readonly SecretKey[]): Signer {
  if (key === undefined || another !== undefined) throw new RangeError('secrets must be one')
  return createSigner(crypto, key.algorithm, key.secret)
}

function freshSecret(crypto: CryptoProvider, algorithm: SignatureAlgorithm): Uint8Array {
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
