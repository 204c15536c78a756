/** Signers: principals that can sign, of one key or of a set. Secrets stay inside them. */
import { equalBytes } from './equal-bytes.ts'
import { writeKeySet } from './key-set.ts'
import { principalOf } from './principal.ts'
import type { CryptoProvider, SignatureAlgorithm } from '../../promisebase/index.ts'
import type { Signer, SigningKey } from '../interface.ts'

/** What a key is made from. */
export interface SigningSecret {
  readonly algorithm: SignatureAlgorithm
  /** As {@link CryptoProvider} takes it: 32 bytes, or PKCS#8 for PS256. */
  readonly secret: Uint8Array
}

/** The signer of a did:key. @throws {TypeError} for an algorithm that has none */
export function createSigner(
  crypto: CryptoProvider,
  algorithm: SignatureAlgorithm,
  secret: Uint8Array,
): Signer {
  if (secret.length !== 32) throw new RangeError('secret must be 32 bytes')
  const key = signingKey(crypto, { algorithm, secret })
  return { principal: principalOf(key.publicKey), keys: [key] }
}

/**
 * The signer of a key set, from 1 to 4 secrets in any order.
 * @throws {RangeError} when their keys cannot be a set: one Ed25519 or P-256 key alone, one key twice
 */
export function createKeySetSigner(crypto: CryptoProvider, secrets: readonly SigningSecret[]): Signer {
  const made = secrets.map((each) => signingKey(crypto, each))
  const set = writeKeySet(
    crypto,
    made.map(({ publicKey }) => publicKey),
  )
  const keys = set.keys.map(({ publicKey }) => made.find((each) => isOf(each, publicKey)) as SigningKey)
  return { principal: set.principal, keys, keySet: set.bytes }
}

function isOf({ publicKey }: SigningKey, { algorithm, bytes }: SigningKey['publicKey']): boolean {
  return publicKey.algorithm === algorithm && equalBytes(publicKey.bytes, bytes)
}

function signingKey(crypto: CryptoProvider, { algorithm, secret }: SigningSecret): SigningKey {
  const kept = secret.slice()
  return {
    publicKey: crypto.publicKey(algorithm, kept),
    sign: (bytes) => crypto.sign(algorithm, kept, bytes),
  }
}
