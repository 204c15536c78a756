/** What several sets ask of signatures, of every provider. */
import { hexOf, sameBytes } from './bytes.ts'
import { byEach } from './providers.ts'
import { all, verdict } from './set.ts'
import type { SignatureAlgorithm } from 'promisegrid/promisebase'
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
