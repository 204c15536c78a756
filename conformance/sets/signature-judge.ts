/** What several sets ask of signatures, of every provider. */
import { signEd25519Variant, verifyEd25519Variant } from 'promisegrid/promisebase'

import { hexOf, sameBytes } from './bytes.ts'
import { byEach } from './providers.ts'
import { all, verdict } from './set.ts'
import type { Ed25519Variant, SignatureAlgorithm } from 'promisegrid/promisebase'
import type { Verdict } from './set.ts'

/** Whether a signature is taken exactly when it should be. */
export function judgeSignature(
  algorithm: SignatureAlgorithm,
  key: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
  expected: boolean,
): Verdict {
  return byEach(({ crypto }) => {
    const taken = crypto.verify({ algorithm, bytes: key }, message, signature)
    return verdict(taken === expected, taken ? 'the signature is taken' : 'the signature is refused')
  })
}

export function judgeKey(algorithm: SignatureAlgorithm, key: Uint8Array, expected: boolean): Verdict {
  return byEach(({ crypto }) => {
    const taken = crypto.admitKey({ algorithm, bytes: key })
    return verdict(taken === expected, taken ? 'the key is admitted' : 'the key is refused')
  })
}

export function judgePublicKey(
  algorithm: SignatureAlgorithm,
  secret: Uint8Array,
  expected: Uint8Array,
): Verdict {
  return byEach(({ crypto }) => {
    const { bytes } = crypto.publicKey(algorithm, secret)
    return verdict(sameBytes(bytes, expected), `the key is ${hexOf(bytes)}`)
  })
}

/** Ed25519 signs one message in one way: the key, the signature and its verification are all given. */
export function judgeEd25519(
  secret: Uint8Array,
  key: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): Verdict {
  const signed = byEach(({ crypto }) => {
    const made = crypto.sign('Ed25519', secret, message)
    return verdict(sameBytes(made, signature), `the signature is ${hexOf(made)}`)
  })
  return all(
    judgePublicKey('Ed25519', secret, key),
    signed,
    judgeSignature('Ed25519', key, message, signature, true),
  )
}

/** A signature under a context; the same of another context is none. */
export interface VariantSignature {
  readonly variant: Ed25519Variant
  readonly message: Uint8Array
  readonly context: Uint8Array
  readonly signature: Uint8Array
}

export function judgeEd25519Variant(secret: Uint8Array, key: Uint8Array, signed: VariantSignature): Verdict {
  const { variant, message, context, signature } = signed
  const made = signEd25519Variant(variant, secret, message, context)
  return all(
    judgePublicKey('Ed25519', secret, key),
    verdict(sameBytes(made, signature), `the signature is ${hexOf(made)}`),
    judgeVariantSignature(key, signed, true),
    judgeVariantSignature(key, { ...signed, context: Uint8Array.of(...context.subarray(1), 1) }, false),
  )
}

export function judgeVariantSignature(
  key: Uint8Array,
  { variant, message, context, signature }: VariantSignature,
  expected: boolean,
): Verdict {
  const taken = verifyEd25519Variant(variant, key, message, signature, context)
  const byVariant = verdict(taken === expected, taken ? 'the signature is taken' : 'the signature is refused')
  // Whatever it is, it is no plain one.
  return all(byVariant, judgeSignature('Ed25519', key, message, signature, false))
}
