/** CCTV: ML-KEM runs with their intermediate values, unlucky ones among them, and keys that are out of range. */
import { nobleAgreement } from 'promisegrid/promisebase'

import { sameBytes, unhex } from './bytes.ts'
import { judgeAdmission, judgeDecapsulation, judgeEncapsulation } from './agreement-judge.ts'
import { EXPANDED_KEM_SECRET } from './ml-kem-reasons.ts'
import { adapterOf, all, outOfScope, wrong } from './set.ts'
import type { Verdict } from './set.ts'

const ALGORITHM = 'ML-KEM-768'

export const cctvMlkem = adapterOf(
  'cctv-mlkem',
  {
    files: /modulus.*\.txt$/,
    *cases(set, file) {
      for (const [at, key] of set.text(file).split(/\s+/).filter(Boolean).entries())
        yield { name: `line ${at + 1}`, judge: () => judgeModulus(unhex(key)) }
    },
  },
  {
    files: /\.txt$/,
    *cases(set, file) {
      const lines = set.text(file).matchAll(/^(\w+) = ([0-9a-f]+)\s*$/gm)
      const values = Object.fromEntries([...lines].map(([, name, value]) => [name, value]))
      yield { name: '', judge: () => judgeRun(values as Values) }
    },
  },
)

type Values = Readonly<Partial<Record<'d' | 'z' | 'ek' | 'm' | 'c' | 'K' | 'KBar', string>>>

/** A key with a coefficient out of range is none, and nothing is sent to it. */
function judgeModulus(key: Uint8Array): Verdict {
  return all(
    judgeAdmission(ALGORITHM, key, false),
    judgeEncapsulation(ALGORITHM, key, new Uint8Array(32), undefined),
  )
}

/**
 * Some keys of the set were made from d as the draft of FIPS 203 did. To the key that the standard makes from
 * the same d their ciphertext is a stranger's; its secret, which follows from z and the ciphertext, is `KBar`.
 */
function judgeRun({ d, z, ek, m, c, K, KBar }: Values): Verdict {
  if (c === undefined || K === undefined) return wrong('a run without ciphertext or secret')
  if (d === undefined || z === undefined) return outOfScope(EXPANDED_KEM_SECRET)
  const secret = unhex(d + z)
  const sent =
    ek === undefined || m === undefined
      ? 'passed'
      : judgeEncapsulation(ALGORITHM, unhex(ek), unhex(m), unhex(c + K))
  const isDraft = ek !== undefined && !sameBytes(nobleAgreement.publicKey(ALGORITHM, secret).bytes, unhex(ek))
  const expected = isDraft ? KBar : K
  return expected === undefined
    ? sent
    : all(sent, judgeDecapsulation(ALGORITHM, secret, unhex(c), unhex(expected)))
}
