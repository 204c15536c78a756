/** The cryptography of this library: in plain JavaScript, and by node. A verdict is one only when both come to it. */
import { isDeepStrictEqual } from 'node:util'

import { nodeAgreement, nodeCipher, nodeCrypto, nodeHasher } from 'promisegrid'
import { nobleAgreement, nobleCipher, nobleCrypto, nobleHasher } from 'promisegrid/promisebase'

import type { AgreementProvider, CipherProvider, CryptoProvider, Hasher } from 'promisegrid/promisebase'
import { isWrong } from './set.ts'
import type { Verdict } from './set.ts'

export interface Providers {
  readonly crypto: CryptoProvider
  readonly agreement: AgreementProvider
  readonly cipher: CipherProvider
  readonly hasher: Hasher
}

export const PROVIDERS: readonly Providers[] = [
  { crypto: nobleCrypto, agreement: nobleAgreement, cipher: nobleCipher, hasher: nobleHasher },
  { crypto: nodeCrypto, agreement: nodeAgreement, cipher: nodeCipher, hasher: nodeHasher },
]

/** Judges by each; where one is wrong, or they differ, that is what is wrong. */
export function byEach(judge: (providers: Providers) => Verdict): Verdict {
  const verdicts = PROVIDERS.map(judge)
  const at = verdicts.findIndex(isWrong)
  if (at >= 0)
    return { wrong: `by ${PROVIDERS[at]?.crypto.name}: ${(verdicts[at] as { wrong: string }).wrong}` }
  const [first] = verdicts as [Verdict]
  const isOne = verdicts.every((each) => isDeepStrictEqual(each, first))
  return isOne ? first : { wrong: 'one provider of cryptography judges otherwise than another' }
}
