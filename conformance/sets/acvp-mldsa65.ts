/** ACVP: ML-DSA keys and signatures (FIPS 204). */
import { hashMlDsaMu, mlDsaPublicKey } from 'promisegrid/promisebase'

import { unhex } from './bytes.ts'
import {
  judgeExpandedMlDsaKey,
  judgeMlDsa,
  judgeMlDsaKey,
  judgeMlDsaMu,
  judgeMlDsaMuSigning,
  judgeMlDsaSigning,
  muOf,
} from './ml-dsa-judge.ts'
import { PRE_HASHES } from './pre-hash.ts'
import { adapterOf, all } from './set.ts'
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
  /** In place of the message. */
  readonly mu?: string
  readonly context?: string
  readonly hashAlg?: string
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
  groupsReader<Group, Test>(/siggen/i, judgeSigning),
  groupsReader<Group, Test>(/sigver/i, judgeVerifying),
)

function judgeSigning(test: Test, group: Group): Verdict {
  const { seed, sk = '', rnd } = test
  const secret = unhex(seed ?? sk)
  const entropy = rnd === undefined ? undefined : unhex(rnd)
  const fields = fieldsOf(test, group)
  if (isPure(group)) return judgeMlDsaSigning(secret, fields, entropy)
  const mu = muIn(test, group, mlDsaPublicKey(group.parameterSet, secret))
  return judgeMlDsaMuSigning(secret, { ...fields, mu }, entropy)
}

function judgeVerifying(test: Test, group: Group): Verdict {
  const { pk = '', testPassed = false } = test
  const signed = { key: unhex(pk), ...fieldsOf(test, group) }
  return isPure(group)
    ? judgeMlDsa(signed, testPassed)
    : judgeMlDsaMu({ ...signed, mu: muIn(test, group, signed.key) }, testPassed)
}

function isPure({ signatureInterface, preHash }: Group): boolean {
  return signatureInterface !== 'internal' && preHash !== 'preHash'
}

/** The internal interface is given μ, or what μ is made of; HashML-DSA has a digest in it. */
function muIn(test: Test, group: Group, key: Uint8Array): Uint8Array {
  const { mu, hashAlg = '' } = test
  const { message, context } = fieldsOf(test, group)
  if (mu !== undefined) return unhex(mu)
  if (group.signatureInterface === 'internal') return muOf(key, message)
  const hash = PRE_HASHES.get(hashAlg)
  if (hash === undefined) throw new Error(`a hash that nobody signs by: ${hashAlg}`)
  return hashMlDsaMu(key, hash.name, hash.digest(message), context)
}

function fieldsOf({ message = '', context = '', signature = '' }: Test, { parameterSet }: Group) {
  return {
    algorithm: parameterSet,
    message: unhex(message),
    context: unhex(context),
    signature: unhex(signature),
  }
}
