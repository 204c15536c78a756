/** ACVP: ML-KEM keys, encapsulation, decapsulation and the checks of keys (FIPS 203). */
import { unhex } from './bytes.ts'
import {
  judgeAdmission,
  judgeAgreementKey,
  judgeDecapsulation,
  judgeEncapsulation,
  judgeSecretRefused,
} from './agreement-judge.ts'
import { adapterOf, all, outOfScope, wrong } from './set.ts'
import { groupsReader } from './test-groups.ts'
import type { FileReader, Verdict } from './set.ts'

const ALGORITHM = 'ML-KEM-768'
const CIPHERTEXT_BYTES = 1088

interface Group {
  readonly parameterSet?: string
  readonly function?: string
  readonly keyFormat?: string
}

interface Test {
  readonly d?: string
  readonly z?: string
  readonly ek?: string
  readonly dk?: string
  readonly m?: string
  readonly c?: string
  readonly k?: string
  readonly testPassed?: boolean
}

export const acvpMlkem768 = adapterOf(
  'acvp-mlkem768',
  reader(/keygen/i, ({ d = '', z = '', ek = '', dk = '' }) =>
    all(
      judgeAgreementKey(ALGORITHM, unhex(d + z), unhex(ek)),
      judgeAgreementKey(ALGORITHM, unhex(dk), unhex(ek)),
    ),
  ),
  reader(/encapdecap/i, (test, group) => judge(test, group)),
)

function reader(files: RegExp, judgeOurs: (test: Test, group: Group) => Verdict): FileReader {
  return groupsReader<Group, Test>(files, (test, group) => {
    const { parameterSet = ALGORITHM } = group
    if (parameterSet !== ALGORITHM) return outOfScope(`${parameterSet}, by which nothing here agrees`)
    return judgeOurs(test, group)
  })
}

function judge(test: Test, { function: asked, keyFormat }: Group): Verdict {
  const { d = '', z = '', ek = '', dk = '', m = '', c = '', k = '', testPassed = false } = test
  if (asked === 'encapsulation') return judgeEncapsulation(ALGORITHM, unhex(ek), unhex(m), unhex(c + k))
  if (asked === 'encapsulationKeyCheck') return judgeAdmission(ALGORITHM, unhex(ek), testPassed)
  const secret = unhex(keyFormat === 'seed' ? d + z : dk)
  if (asked === 'decapsulation')
    return all(
      judgeAgreementKey(ALGORITHM, secret, unhex(ek)),
      judgeDecapsulation(ALGORITHM, secret, unhex(c), unhex(k)),
    )
  if (asked === 'decapsulationKeyCheck')
    return testPassed
      ? judgeAgreementKey(ALGORITHM, secret, unhex(ek))
      : judgeSecretRefused(ALGORITHM, secret, new Uint8Array(CIPHERTEXT_BYTES))
  return wrong(`a group with the unknown function ${asked}`)
}
