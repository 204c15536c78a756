/** Assessments a node makes of others, and those of others that it was given: of each issuer the newest. */
import { gridRefusal, statementRefusal } from '../acceptance.ts'
import { assessedKey, principalKey, SPACE } from '../spaces.ts'
import { readUnverifiedAssessment, signAssessment } from './assessment.ts'
import { countsOf, totalOf } from './ledger.ts'
import type { CID } from 'multiformats/cid'
import type { Snapshot } from '../../promisebase/index.ts'
import type { Result } from '../errors.ts'
import type { Principal } from '../interface.ts'
import type { KernelState } from '../state.ts'
import type { Assessment } from './assessment.ts'

/** The node's own statement of what its ledger says. @throws {TypeError} for its own principal */
export async function assess(
  { powers, grid }: KernelState,
  snapshot: Snapshot,
  subject: Principal,
  now: number,
  protocol?: CID,
): Promise<Uint8Array> {
  const { crypto, signer } = powers
  if (subject === signer.principal)
    throw new TypeError('subject must be somebody else: nobody assesses himself')
  const counts =
    protocol === undefined ? await totalOf(snapshot, subject) : await countsOf(snapshot, subject, protocol)
  const about = { subject, counts, issuedAt: now, grid }
  return signAssessment(crypto, signer, protocol === undefined ? about : { protocol, ...about }).bytes
}

/** Keeps what somebody says about another; an older statement of the same about the same changes nothing. */
export async function acceptAssessment(
  kernel: KernelState,
  bytes: Uint8Array,
  now: number,
): Promise<Result<Assessment>> {
  const { crypto, store } = kernel.powers
  const object = readUnverifiedAssessment(crypto, kernel.keys, bytes)
  if (object.refused !== undefined) return object
  const { claims } = object.ok
  const refused =
    gridRefusal(kernel, object.ok, 'an assessment') ?? (await statementRefusal(kernel, object.ok, now))
  if (refused !== undefined) return { refused }
  return store.transact(async (transaction): Promise<Result<Assessment>> => {
    const key = assessedKey(claims.subject, claims.issuer, claims.protocol)
    const former = await transaction.get(SPACE.assessed, key)
    const before = former === undefined ? undefined : readUnverifiedAssessment(crypto, kernel.keys, former)
    if (before?.ok !== undefined && before.ok.claims.issuedAt >= claims.issuedAt)
      return { ok: before.ok.claims }
    transaction.put(SPACE.assessed, key, object.ok.bytes)
    return { ok: claims }
  })
}

/** What others say about a principal, as it was accepted here. */
export async function* assessmentsOf(
  { powers, keys }: KernelState,
  snapshot: Snapshot,
  subject: Principal,
): AsyncIterable<Assessment> {
  const prefix = new Uint8Array([...principalKey(subject), 0])
  for await (const { value } of snapshot.range(SPACE.assessed, { prefix })) {
    const read = readUnverifiedAssessment(powers.crypto, keys, value)
    // It was verified before it was kept.
    if (read.ok !== undefined) yield read.ok.claims
  }
}
