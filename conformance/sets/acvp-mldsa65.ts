/** ACVP: ML-DSA keys and signatures (FIPS 204). */
import { mlDsaPublicKey } from 'promisegrid/promisebase'

import { unhex } from './bytes.ts'
import {
  judgeExpandedMlDsaKey,
  judgeMlDsa,
  judgeMlDsaKey,
  judgeMlDsaMu,
  judgeMlDsaMuSigning,
  judgeMlDsaSigning,
  muOf,
  PRE_HASHED,
} from './ml-dsa-judge.ts'
import { adapterOf, all, outOfScope } from './set.ts'
import { groupsReader } from './test-groups.ts'
import type { MlDsaAlgorithm } from 'promisegrid/promisebase'
import type { FileReader, Verdict } from './set.ts'

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
  /** In place of the message. */
  readonly mu?: string
  readonly context?: string
  readonly rnd?: string
  readonly signature?: string
  readonly testPassed?: boolean
}

export const acvpMldsa65 = adapterOf(
  'acvp-mldsa65',
  groupsReader<Group, Test>(/keygen/i, ({ seed = '', sk = '', pk = '' }, { parameterSet }) =>
    all(
      judgeMlDsaKey(parameterSet, unhex(seed), unhex(pk)),
      judgeExpandedMlDsaKey(parameterSet, unhex(sk), unhex(pk)),
    ),
  ),
  reader(/siggen/i, judgeSigning),
  reader(/sigver/i, judgeVerifying),
)

function reader(files: RegExp, judge: (test: Test, group: Group) => Verdict): FileReader {
  return groupsReader<Group, Test>(files, (test, group) =>
    group.preHash === 'preHash' ? outOfScope(PRE_HASHED) : judge(test, group),
  )
}

function judgeSigning(test: Test, group: Group): Verdict {
  const { seed, sk = '', rnd } = test
  const secret = unhex(seed ?? sk)
  const entropy = rnd === undefined ? undefined : unhex(rnd)
  if (group.signatureInterface !== 'internal')
    return judgeMlDsaSigning(secret, fieldsOf(test, group), entropy)
  const key = mlDsaPublicKey(group.parameterSet, secret)
  return judgeMlDsaMuSigning(secret, internalOf(test, group, key), entropy)
}

function judgeVerifying(test: Test, group: Group): Verdict {
  const { pk = '', testPassed = false } = test
  const key = unhex(pk)
  return group.signatureInterface === 'internal'
    ? judgeMlDsaMu({ key, ...internalOf(test, group, key) }, testPassed)
    : judgeMlDsa({ key, ...fieldsOf(test, group) }, testPassed)
}

function fieldsOf({ message = '', context = '', signature = '' }: Test, { parameterSet }: Group) {
  return {
    algorithm: parameterSet,
    message: unhex(message),
    context: unhex(context),
    signature: unhex(signature),
  }
}

/** The internal interface is given μ, or what μ is made of. */
function internalOf({ message = '', mu, signature = '' }: Test, { parameterSet }: Group, key: Uint8Array) {
  return {
    algorithm: parameterSet,
    mu: mu === undefined ? muOf(key, unhex(message)) : unhex(mu),
    signature: unhex(signature),
  }
}
