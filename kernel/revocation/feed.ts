/**
 * The feed of a revoker: the records it has signed, as far as they are here, and its newest heartbeat. A heartbeat
 * is accepted only by a node that has every record it names, so its age is the age of what the node knows
 * (spec/capability.md, "Heartbeats").
 */
import { CODEC, createCid } from '../../promisebase/index.ts'
import { gridRefusal, statementRefusal } from '../acceptance.ts'
import { refuse } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import { conflictKey, feedPrefix, principalKey, readUint64, SPACE } from '../spaces.ts'
import { nameFeed, readUnverifiedHeartbeat } from './heartbeat.ts'
import { ACCEPTANCE } from './revocations.ts'
import type { CID } from 'multiformats/cid'
import type { Snapshot, Transaction } from '../../promisebase/index.ts'
import type { Result } from '../errors.ts'
import type { Principal } from '../interface.ts'
import type { SignedObject } from '../message/signed-object.ts'
import type { KernelState } from '../state.ts'
import type { Heartbeat } from './heartbeat.ts'

/** What is known of one revoker. */
export interface Feed {
  /** Name of the set of its records that are here: what its next heartbeat says. */
  readonly name: CID
  readonly records: number
  /** Its newest heartbeat. */
  readonly heartbeat?: Heartbeat & { readonly bytes: Uint8Array }
  /** Another one of the same number: evidence that it says two things. */
  readonly contradicted?: Uint8Array
}

/** Accepts a heartbeat that is newer than the one in force; the same one again changes nothing. */
export async function acceptHeartbeat(
  kernel: KernelState,
  bytes: Uint8Array,
  now: number,
): Promise<Result<Heartbeat>> {
  const object = await judgeHeartbeat(kernel, bytes, now)
  if (object.refused !== undefined) return object
  return kernel.contended.run(ACCEPTANCE, async () => {
    const kept = await kernel.powers.store.transact((transaction) =>
      keepHeartbeat(kernel, transaction, object.ok),
    )
    if (kept.refused === undefined) noteHeartbeat(kernel, kept.ok)
    return kept
  })
}

/** Whether a node may keep a heartbeat at all, whatever it has already. */
export async function judgeHeartbeat(
  kernel: KernelState,
  bytes: Uint8Array,
  now: number,
): Promise<Result<SignedObject<Heartbeat>>> {
  const object = readUnverifiedHeartbeat(kernel.powers.crypto, bytes)
  if (object.refused !== undefined) return object
  const { issuer } = object.ok.claims
  const foreign = gridRefusal(kernel, object.ok, 'a heartbeat')
  if (foreign !== undefined) return { refused: foreign }
  if (!kernel.policy.revokers.includes(issuer)) return refuse('CHAIN', `${issuer} is no revoker of this grid`)
  const refused = await statementRefusal(kernel, object.ok, now)
  return refused === undefined ? object : { refused }
}

/** Told when it is committed, in the order of the commits. */
export function noteHeartbeat({ revocations }: KernelState, { issuer, issuedAt }: Heartbeat): void {
  revocations.heartbeats.set(issuer, issuedAt)
}

export async function feedOf(
  kernel: KernelState,
  snapshot: Snapshot,
  issuer: Principal,
  now: number,
): Promise<Feed> {
  const { crypto } = kernel.powers
  const records = await recordsAt(snapshot, issuer, now)
  const bytes = await snapshot.get(SPACE.feed, principalKey(issuer))
  const kept = bytes === undefined ? undefined : readUnverifiedHeartbeat(crypto, bytes).ok
  const contradicted = await snapshot.get(SPACE.feed, conflictKey(issuer))
  return {
    name: nameFeed(crypto, records),
    records: records.length,
    ...(kept === undefined ? {} : { heartbeat: { ...kept.claims, bytes: kept.bytes } }),
    ...(contradicted === undefined ? {} : { contradicted }),
  }
}

/** When each revoker was heard of last, for the checks of every message. */
export async function loadHeartbeats(kernel: KernelState, snapshot: Snapshot): Promise<void> {
  const { heartbeats } = kernel.revocations
  for (const revoker of kernel.policy.revokers) {
    const bytes = await snapshot.get(SPACE.feed, principalKey(revoker))
    const kept = bytes === undefined ? undefined : readUnverifiedHeartbeat(kernel.powers.crypto, bytes).ok
    if (kept !== undefined) heartbeats.set(revoker, kept.claims.issuedAt)
  }
}

/** Nothing goes back, a number is used once, and nothing that is named is missing. */
export async function keepHeartbeat(
  kernel: KernelState,
  transaction: Transaction,
  { claims, bytes, id }: SignedObject<Heartbeat>,
): Promise<Result<Heartbeat>> {
  const { crypto } = kernel.powers
  const { issuer, seq, feed, issuedAt } = claims
  const key = principalKey(issuer)
  const former = await transaction.get(SPACE.feed, key)
  const before = former === undefined ? undefined : readUnverifiedHeartbeat(crypto, former).ok
  if (before?.id.equals(id) === true) return { ok: before.claims }
  if (before !== undefined && seq <= before.claims.seq) {
    if (before.claims.seq === seq) transaction.put(SPACE.feed, conflictKey(issuer), bytes)
    return refuse('CHAIN', `heartbeat ${seq} of ${issuer} does not follow ${before.claims.seq}`)
  }
  const records = await recordsAt(transaction, issuer, issuedAt)
  if (!nameFeed(crypto, records).equals(feed))
    return refuse(
      'MISSING',
      `the ${records.length} records of ${issuer} that are here are not those it names`,
    )
  transaction.put(SPACE.feed, key, bytes)
  transaction.delete(SPACE.feed, conflictKey(issuer))
  return { ok: claims }
}

/**
 * The records that a heartbeat of this second names: signed by then, and not so long before that every token of
 * their time is gone. Which tokens a node knows makes no difference, so all nodes come to one set.
 */
async function recordsAt(snapshot: Snapshot, issuer: Principal, second: number): Promise<readonly CID[]> {
  const prefix = feedPrefix(issuer)
  const records: CID[] = []
  for await (const { key, value } of snapshot.range(SPACE.feed, { prefix })) {
    const issuedAt = readUint64(value)
    if (issuedAt <= second && issuedAt + LIMITS.tokenLifetimeSeconds > second)
      records.push(createCid(CODEC.raw, key.subarray(key.length - DIGEST_BYTES)))
  }
  return records
}

const DIGEST_BYTES = 32
