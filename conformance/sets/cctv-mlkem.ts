/** CCTV: ML-KEM runs with their intermediate values, unlucky ones among them, and keys that are out of range. */
import { nobleAgreement } from 'promisegrid/promisebase'

import { sameBytes, unhex } from './bytes.ts'
import { judgeAdmission, judgeDecapsulation, judgeEncapsulation } from './agreement-judge.ts'
import { adapterOf, all, wrong } from './set.ts'
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

type Values = Readonly<Partial<Record<'d' | 'z' | 'ek' | 'dk' | 'm' | 'c' | 'K' | 'KBar', string>>>

/** A key with a coefficient out of range is none, and nothing is sent to it. */
function judgeModulus(key: Uint8Array): Verdict {
  return all(
    judgeAdmission(ALGORITHM, key, false),
    judgeEncapsulation(ALGORITHM, key, new Uint8Array(32), undefined),
  )
}

function judgeRun({ d, z, ek, dk, m, c, K, KBar }: Values): Verdict {
  if (c === undefined || K === undefined) return wrong('a run without ciphertext or secret')
  const [ciphertext, shared] = [unhex(c), unhex(K)]
  const sent = ek && m ? judgeEncapsulation(ALGORITHM, unhex(ek), unhex(m), unhex(c + K)) : 'passed'
  const opened = dk ? judgeDecapsulation(ALGORITHM, unhex(dk), ciphertext, shared) : 'passed'
  if (d === undefined || z === undefined) return all(sent, opened)
  const secret = unhex(d + z)
  const expected = isOfDraft(secret, ek) ? KBar : K
  if (expected === undefined) return all(sent, opened)
  return all(sent, opened, judgeDecapsulation(ALGORITHM, secret, ciphertext, unhex(expected)))
}

/**
 * Some keys of the set were made from d as the draft of FIPS 203 did. To the key that the standard makes from
 * the same d their ciphertext is a stranger's; its secret, which follows from z and the ciphertext, is `KBar`.
 */
function isOfDraft(secret: Uint8Array, ek: string | undefined): boolean {
  return ek !== undefined && !sameBytes(nobleAgreement.publicKey(ALGORITHM, secret).bytes, unhex(ek))
}
