/** What several sets ask of key agreement, of every provider. */
import { hexOf, joined, sameBytes } from './bytes.ts'
import { byEach } from './providers.ts'
import { judgeThrows, verdict } from './set.ts'
import type { AgreementAlgorithm } from 'promisegrid/promisebase'
import type { Verdict } from './set.ts'

export function judgeAgreementKey(
  algorithm: AgreementAlgorithm,
  secret: Uint8Array,
  expected: Uint8Array,
): Verdict {
  return byEach(({ agreement }) => {
    const { bytes } = agreement.publicKey(algorithm, secret)
    return verdict(sameBytes(bytes, expected), `the key is ${hexOf(bytes)}`)
  })
}

export function judgeAdmission(algorithm: AgreementAlgorithm, key: Uint8Array, expected: boolean): Verdict {
  return byEach(({ agreement }) => {
    const taken = agreement.admitKey({ algorithm, bytes: key })
    return verdict(taken === expected, taken ? 'the key is admitted' : 'the key is refused')
  })
}

/** Ciphertext and secret, one after the other; `undefined` where nothing may be sent to such a key. */
export function judgeEncapsulation(
  algorithm: AgreementAlgorithm,
  key: Uint8Array,
  entropy: Uint8Array,
  expected: Uint8Array | undefined,
): Verdict {
  return byEach(({ agreement }) => {
    const sent = agreement.encapsulate({ algorithm, bytes: key }, entropy)
    return same(sent === undefined ? undefined : joined(sent.ciphertext, sent.sharedSecret), expected)
  })
}

/** The secret; `undefined` where the ciphertext must be refused. */
export function judgeDecapsulation(
  algorithm: AgreementAlgorithm,
  secret: Uint8Array,
  ciphertext: Uint8Array,
  expected: Uint8Array | undefined,
): Verdict {
  return byEach(({ agreement }) => same(agreement.decapsulate(algorithm, secret, ciphertext), expected))
}

/** A secret of another size is a mistake of the caller. */
export function judgeSecretRefused(
  algorithm: AgreementAlgorithm,
  secret: Uint8Array,
  ciphertext: Uint8Array,
): Verdict {
  return byEach(({ agreement }) => judgeThrows(() => agreement.decapsulate(algorithm, secret, ciphertext)))
}

export function judgeEntropyRefused(
  algorithm: AgreementAlgorithm,
  key: Uint8Array,
  entropy: Uint8Array,
): Verdict {
  return byEach(({ agreement }) =>
    judgeThrows(() => agreement.encapsulate({ algorithm, bytes: key }, entropy)),
  )
}

function same(given: Uint8Array | undefined, expected: Uint8Array | undefined): Verdict {
  const text = given === undefined ? 'refused' : `the result is ${hexOf(given)}`
  return verdict(expected === undefined ? given === undefined : sameBytes(given, expected), text)
}
