/** What several sets ask of ML-DSA: the verdict of FIPS 204, and that of every provider where it has a say. */
import { mlDsaPublicKey, signMlDsa, verifyMlDsa } from 'promisegrid/promisebase'

import { hexOf, sameBytes } from './bytes.ts'
import { byEach } from './providers.ts'
import { all, verdict } from './set.ts'
import type { MlDsaAlgorithm } from 'promisegrid/promisebase'
import type { Verdict } from './set.ts'

export const EXPANDED_SECRET = 'a secret in its expanded form: secrets here are seeds'
export const PRE_HASHED = 'HashML-DSA: nothing here signs a hash of a message'
export const INTERNAL = 'the internal interface of ML-DSA, below messages and contexts'

const ZEROS = new Uint8Array(32)

/** What one signature is about. */
export interface MlDsaSignature {
  readonly algorithm: MlDsaAlgorithm
  readonly key: Uint8Array
  readonly message: Uint8Array
  readonly signature: Uint8Array
  readonly context: Uint8Array
}

/**
 * Providers have no contexts, and admit no key with which everybody can sign: what FIPS 204 says of the rest,
 * each of them must say too.
 */
export function judgeMlDsa(signed: MlDsaSignature, expected: boolean): Verdict {
  const { algorithm, key, message, signature, context } = signed
  const taken = verifyMlDsa(algorithm, key, message, signature, context)
  const byTheLibrary = verdict(
    taken === expected,
    taken ? 'the signature is taken' : 'the signature is refused',
  )
  const byProviders = byEach(({ crypto }) => {
    const isOurs = context.length === 0 && crypto.admitKey({ algorithm, bytes: key })
    const isTaken = crypto.verify({ algorithm, bytes: key }, message, signature)
    return verdict(
      isTaken === (isOurs && expected),
      isTaken ? 'taken by a provider' : 'refused by a provider',
    )
  })
  return all(byTheLibrary, byProviders)
}

export function judgeMlDsaKey(algorithm: MlDsaAlgorithm, seed: Uint8Array, expected: Uint8Array): Verdict {
  const byProviders = byEach(({ crypto }) => {
    const { bytes } = crypto.publicKey(algorithm, seed)
    return verdict(sameBytes(bytes, expected), `the key is ${hexOf(bytes)}`)
  })
  return all(verdict(sameBytes(mlDsaPublicKey(algorithm, seed), expected), 'another key'), byProviders)
}

/** The signature from a seed, with the entropy of the case or, for the deterministic variant, with zeros. */
export function judgeMlDsaSigning(
  seed: Uint8Array,
  { algorithm, message, signature, context }: Omit<MlDsaSignature, 'key'>,
  entropy: Uint8Array = ZEROS,
): Verdict {
  const made = signMlDsa(algorithm, seed, message, entropy, context)
  return verdict(sameBytes(made, signature), 'signed otherwise')
}
