/** What several sets ask of ML-DSA: the verdict of FIPS 204, and that of every provider where it has a say. */
import { shake256 } from '@noble/hashes/sha3.js'
import { mlDsaPublicKey, signMlDsa, signMlDsaMu, verifyMlDsa, verifyMlDsaMu } from 'promisegrid/promisebase'

import { hexOf, joined, sameBytes } from './bytes.ts'
import { byEach } from './providers.ts'
import { all, verdict } from './set.ts'
import type { MlDsaAlgorithm } from 'promisegrid/promisebase'
import type { Verdict } from './set.ts'

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

/** Providers take seeds alone, as RFC 9964 does. */
export function judgeExpandedMlDsaKey(
  algorithm: MlDsaAlgorithm,
  secret: Uint8Array,
  expected: Uint8Array,
): Verdict {
  return verdict(sameBytes(mlDsaPublicKey(algorithm, secret), expected), 'another key')
}

/** The signature from a secret, with the entropy of the case or, for the deterministic variant, with zeros. */
export function judgeMlDsaSigning(
  secret: Uint8Array,
  { algorithm, message, signature, context }: Omit<MlDsaSignature, 'key'>,
  entropy: Uint8Array = ZEROS,
): Verdict {
  const made = signMlDsa(algorithm, secret, message, entropy, context)
  return verdict(sameBytes(made, signature), 'signed otherwise')
}

/** A signature about a hash of key and message. */
export type MlDsaMuSignature = Omit<MlDsaSignature, 'message' | 'context'> & { readonly mu: Uint8Array }

export function judgeMlDsaMu(signed: MlDsaMuSignature, expected: boolean): Verdict {
  const { algorithm, key, mu, signature } = signed
  const taken = verifyMlDsaMu(algorithm, key, mu, signature)
  return verdict(taken === expected, taken ? 'the signature is taken' : 'the signature is refused')
}

export function judgeMlDsaMuSigning(
  secret: Uint8Array,
  { algorithm, mu, signature }: Omit<MlDsaMuSignature, 'key'>,
  entropy: Uint8Array = ZEROS,
): Verdict {
  const made = signMlDsaMu(algorithm, secret, mu, entropy)
  return verdict(sameBytes(made, signature), 'signed otherwise')
}

/** μ of what stands where other interfaces have context and message: the internal one signs any bytes. */
export function muOf(key: Uint8Array, formatted: Uint8Array): Uint8Array {
  return shake256(joined(shake256(key, { dkLen: 64 }), formatted), { dkLen: 64 })
}
