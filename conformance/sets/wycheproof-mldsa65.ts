/** Wycheproof: ML-DSA signatures, made from seeds and from expanded secrets, and verified, with contexts. */
import { unhex } from './bytes.ts'
import {
  judgeExpandedMlDsaKey,
  judgeMlDsa,
  judgeMlDsaKey,
  judgeMlDsaMuSigning,
  judgeMlDsaSigning,
} from './ml-dsa-judge.ts'
import { adapterOf, all, judgeThrows } from './set.ts'
import { groupsReader } from './test-groups.ts'
import type { Verdict } from './set.ts'
import type { Wycheproof } from './test-groups.ts'

const ALGORITHM = 'ML-DSA-65'

interface Test extends Wycheproof {
  readonly msg?: string
  readonly ctx?: string
  readonly rnd?: string
  readonly mu?: string
  readonly sig: string
}

interface SignGroup {
  readonly privateSeed?: string
  /** Expanded. */
  readonly privateKey?: string
  readonly publicKey: string | null
}

export const wycheproofMldsa65 = adapterOf(
  'wycheproof-mldsa65',
  groupsReader<{ readonly publicKey: string }, Test>(/verify/, (test, { publicKey }) =>
    judgeMlDsa({ key: unhex(publicKey), ...fieldsOf(test) }, test.result === 'valid'),
  ),
  groupsReader<SignGroup, Test>(/sign_(no)?seed/, (test, group) => judgeSigning(test, group)),
)

function judgeSigning(test: Test, { privateSeed, privateKey = '', publicKey }: SignGroup): Verdict {
  const secret = unhex(privateSeed ?? privateKey)
  const sign = (): Verdict => judgeSignature(test, secret)
  // A secret that is none or a context too long is a mistake of the caller.
  if (test.result !== 'valid') return judgeThrows(sign)
  if (publicKey === null) return sign()
  const judgeKey = privateSeed === undefined ? judgeExpandedMlDsaKey : judgeMlDsaKey
  return all(sign(), judgeKey(ALGORITHM, secret, unhex(publicKey)))
}

/** By the message, and by its hash with the key; some cases have the hash alone. */
function judgeSignature(test: Test, secret: Uint8Array): Verdict {
  const entropy = test.rnd === undefined ? undefined : unhex(test.rnd)
  const { msg, mu } = test
  const ofMessage = msg === undefined ? 'passed' : judgeMlDsaSigning(secret, fieldsOf(test), entropy)
  if (mu === undefined) return ofMessage
  return all(ofMessage, judgeMlDsaMuSigning(secret, { ...fieldsOf(test), mu: unhex(mu) }, entropy))
}

function fieldsOf({ msg = '', ctx = '', sig }: Test) {
  return { algorithm: ALGORITHM, message: unhex(msg), context: unhex(ctx), signature: unhex(sig) } as const
}
