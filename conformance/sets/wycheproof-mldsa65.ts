/** Wycheproof: ML-DSA signatures, made from seeds and verified, with contexts. */
import { unhex } from './bytes.ts'
import { EXPANDED_SECRET, INTERNAL, judgeMlDsa, judgeMlDsaKey, judgeMlDsaSigning } from './ml-dsa-judge.ts'
import { adapterOf, all, judgeThrows, outOfScope } from './set.ts'
import { groupsReader } from './test-groups.ts'
import type { Verdict } from './set.ts'
import type { Wycheproof } from './test-groups.ts'

const ALGORITHM = 'ML-DSA-65'

interface Test extends Wycheproof {
  readonly msg?: string
  readonly ctx?: string
  readonly rnd?: string
  readonly sig: string
}

interface SignGroup {
  readonly privateSeed: string
  readonly publicKey: string | null
}

export const wycheproofMldsa65 = adapterOf(
  'wycheproof-mldsa65',
  groupsReader<{ readonly publicKey: string }, Test>(/verify/, (test, { publicKey }) =>
    judgeMlDsa({ key: unhex(publicKey), ...fieldsOf(test) }, test.result === 'valid'),
  ),
  groupsReader<SignGroup, Test>(/sign_seed/, (test, group) => judgeSigning(test, group)),
  groupsReader<unknown, Test>(/sign_noseed/, () => outOfScope(EXPANDED_SECRET)),
)

function judgeSigning(test: Test, { privateSeed, publicKey }: SignGroup): Verdict {
  // What has no message is signed by its hash with the key, which nothing above the internals sees.
  if (test.msg === undefined) return outOfScope(INTERNAL)
  const seed = unhex(privateSeed)
  const entropy = test.rnd === undefined ? undefined : unhex(test.rnd)
  const sign = (): Verdict => judgeMlDsaSigning(seed, fieldsOf(test), entropy)
  // A seed of another size or a context too long is a mistake of the caller.
  if (test.result !== 'valid') return judgeThrows(sign)
  return all(sign(), publicKey === null ? 'passed' : judgeMlDsaKey(ALGORITHM, seed, unhex(publicKey)))
}

function fieldsOf({ msg = '', ctx = '', sig }: Test) {
  return { algorithm: ALGORITHM, message: unhex(msg), context: unhex(ctx), signature: unhex(sig) } as const
}
