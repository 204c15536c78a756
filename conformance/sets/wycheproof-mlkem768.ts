/** Wycheproof: ML-KEM-768 from seeds. */
import { unhex } from './bytes.ts'
import {
  judgeAgreementKey,
  judgeDecapsulation,
  judgeEncapsulation,
  judgeEntropyRefused,
  judgeSecretRefused,
} from './agreement-judge.ts'
import { EXPANDED_KEM_SECRET } from './ml-kem-reasons.ts'
import { adapterOf, all, outOfScope } from './set.ts'
import { groupsReader } from './test-groups.ts'
import type { Verdict } from './set.ts'
import type { Wycheproof } from './test-groups.ts'

const ALGORITHM = 'ML-KEM-768'

interface Test extends Wycheproof {
  readonly seed: string
  readonly ek?: string
  readonly m: string
  readonly c: string
  readonly K?: string
}

export const wycheproofMlkem768 = adapterOf(
  'wycheproof-mlkem768',
  groupsReader<unknown, Test>(/keygen_seed/, ({ seed, ek = '' }) =>
    judgeAgreementKey(ALGORITHM, unhex(seed), unhex(ek)),
  ),
  groupsReader<unknown, Test>(/semi_expanded/, () => outOfScope(EXPANDED_KEM_SECRET)),
  groupsReader<unknown, Test>(/encaps/, (test) => judgeEncaps(test)),
  groupsReader<unknown, Test>(/_test\.json$/, (test) => judgeDecaps(test)),
)

function judgeEncaps({ ek = '', m, c, K = '', result }: Test): Verdict {
  const entropy = unhex(m)
  // Entropy of another size is a mistake of the caller, whatever the key.
  if (entropy.length !== 32 && result === 'invalid') return judgeEntropyRefused(ALGORITHM, unhex(ek), entropy)
  return judgeEncapsulation(ALGORITHM, unhex(ek), entropy, result === 'valid' ? unhex(c + K) : undefined)
}

/** A ciphertext that was changed is valid: it leads to another secret, and says so to nobody. */
function judgeDecaps({ seed, ek, c, K = '', result }: Test): Verdict {
  const [secret, ciphertext] = [unhex(seed), unhex(c)]
  if (secret.length !== 64 && result !== 'valid') return judgeSecretRefused(ALGORITHM, secret, ciphertext)
  const expected = result === 'valid' ? unhex(K) : undefined
  const opened = judgeDecapsulation(ALGORITHM, secret, ciphertext, expected)
  return ek === undefined || secret.length !== 64
    ? opened
    : all(opened, judgeAgreementKey(ALGORITHM, secret, unhex(ek)))
}
