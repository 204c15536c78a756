/** ACVP: ML-DSA keys and signatures (FIPS 204). */
import { unhex } from './bytes.ts'
import {
  EXPANDED_SECRET,
  INTERNAL,
  judgeMlDsa,
  judgeMlDsaKey,
  judgeMlDsaSigning,
  PRE_HASHED,
} from './ml-dsa-judge.ts'
import { adapterOf, outOfScope } from './set.ts'
import { groupsReader } from './test-groups.ts'
import type { MlDsaAlgorithm } from 'promisegrid/promisebase'
import type { Verdict } from './set.ts'

interface Group {
  readonly parameterSet: MlDsaAlgorithm
  readonly signatureInterface?: string
  readonly preHash?: string
}

interface Test {
  readonly seed?: string
  readonly sk?: string
  readonly pk?: string
  readonly message?: string
  readonly context?: string
  readonly rnd?: string
  readonly signature?: string
  readonly testPassed?: boolean
}

export const acvpMldsa65 = adapterOf(
  'acvp-mldsa65',
  groupsReader<Group, Test>(/keygen/i, ({ seed = '', pk = '' }, { parameterSet }) =>
    judgeMlDsaKey(parameterSet, unhex(seed), unhex(pk)),
  ),
  groupsReader<Group, Test>(/siggen/i, (test, group) => notOurs(test, group) ?? judgeSigning(test, group)),
  groupsReader<Group, Test>(/sigver/i, (test, group) => notOurs(test, group) ?? judgeVerifying(test, group)),
)

function notOurs({ seed, sk }: Test, { signatureInterface, preHash }: Group): Verdict | undefined {
  if (signatureInterface === 'internal') return outOfScope(INTERNAL)
  if (preHash === 'preHash') return outOfScope(PRE_HASHED)
  return sk !== undefined && seed === undefined ? outOfScope(EXPANDED_SECRET) : undefined
}

function judgeSigning(test: Test, group: Group): Verdict {
  const { seed = '', rnd } = test
  return judgeMlDsaSigning(unhex(seed), fieldsOf(test, group), rnd === undefined ? undefined : unhex(rnd))
}

function judgeVerifying(test: Test, group: Group): Verdict {
  return judgeMlDsa({ key: unhex(test.pk ?? ''), ...fieldsOf(test, group) }, test.testPassed === true)
}

function fieldsOf({ message = '', context = '', signature = '' }: Test, { parameterSet }: Group) {
  return {
    algorithm: parameterSet,
    message: unhex(message),
    context: unhex(context),
    signature: unhex(signature),
  }
}
