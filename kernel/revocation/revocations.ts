/**
 * Revocations a node keeps. A record is durable before anyone is told so, and a marker tells every transaction
 * that is about to commit under the token. Records of strangers are kept like any others: only a chain shows who
 * is a stranger to it (spec/capability.md, "Revocation records").
 */
import { CODEC, createCid } from '../../promisebase/index.ts'
import { gridRefusal, statementRefusal } from '../acceptance.ts'
import { refuse } from '../errors.ts'
import { inSnapshot } from '../in-snapshot.ts'
import { LIMITS } from '../limits.ts'
import {
  feedCountKey,
  feedKey,
  formerKey,
  idKey,
  readUint64,
  RETENTION_PREFIX,
  retentionKey,
  revocationKey,
  SPACE,
  uint64,
} from '../spaces.ts'
import { readToken } from '../capability/token.ts'
import { readUnverifiedRevocation, signRevocation } from './revocation.ts'
import { endRuns } from './runs.ts'
import type { CID } from 'multiformats/cid'
import type { Snapshot, Transaction } from '../../promisebase/index.ts'
import type { Result } from '../errors.ts'
import type { Principal } from '../interface.ts'
import type { SignedObject } from '../message/signed-object.ts'
import type { KernelState } from '../state.ts'
import type { Revocation } from './revocation.ts'
import type { RevokedIds } from './revoked-ids.ts'

/** A record that is kept. */
export interface KeptRevocation extends Revocation {
  readonly id: CID
  readonly bytes: Uint8Array
}

/** Records and heartbeats are accepted one after the other: each changes the count of its issuer. */
export const ACCEPTANCE = 'revocations'

/** Accepts a record; the same one again changes nothing. When this returns, nothing commits under it any more. */
export async function acceptRevocation(
  kernel: KernelState,
  bytes: Uint8Array,
  now: number,
): Promise<Result<KeptRevocation>> {
  const object = await judgeRevocation(kernel, bytes, now)
  if (object.refused !== undefined) return object
  const { claims, id } = object.ok
  const kept = await kernel.contended.run(ACCEPTANCE, () =>
    kernel.powers.store.transact((transaction) => keepRevocation(kernel, transaction, object.ok, now)),
  )
  if (kept.refused !== undefined) return kept
  endRuns(kernel, claims)
  return { ok: { ...claims, id, bytes } }
}

/** Whether a node may keep a record at all, whatever it has already. */
export async function judgeRevocation(
  kernel: KernelState,
  bytes: Uint8Array,
  now: number,
): Promise<Result<SignedObject<Revocation>>> {
  const object = readUnverifiedRevocation(kernel.powers.crypto, bytes)
  if (object.refused !== undefined) return object
  const refused =
    gridRefusal(kernel, object.ok, 'a revocation') ?? (await statementRefusal(kernel, object.ok, now))
  return refused === undefined ? object : { refused }
}

/** Takes back a token in the name of this node, which is above every link of every chain here. */
export async function revoke(kernel: KernelState, token: CID, now: number): Promise<Result<KeptRevocation>> {
  const { crypto, signer, store } = kernel.powers
  const known = await inSnapshot(store, (snapshot) =>
    snapshot.get(SPACE.revoked, revocationKey(crypto, token, signer.principal)),
  )
  const kept = known === undefined ? undefined : readKept(kernel, known)
  if (kept !== undefined) return { ok: kept }
  const record = signRevocation(crypto, signer, { grid: kernel.grid, issuedAt: now, revoked: token })
  return acceptRevocation(kernel, record.bytes, now)
}

/** Every record about a token, whoever signed it. */
export async function revocationsOf(
  kernel: KernelState,
  snapshot: Snapshot,
  token: CID,
): Promise<readonly KeptRevocation[]> {
  const marker = idKey(token)
  const records: KeptRevocation[] = []
  for await (const { key, value } of snapshot.range(SPACE.revoked, { prefix: marker })) {
    const kept = key.length === marker.length ? undefined : readKept(kernel, value)
    if (kept !== undefined) records.push(kept)
  }
  return records
}

/** Fills the memory from the store, at the start. */
export async function loadRevokedIds(snapshot: Snapshot, ids: RevokedIds): Promise<void> {
  for await (const { value } of snapshot.range(SPACE.feed, { gte: RETENTION_PREFIX }))
    ids.add(value.subarray(DIGEST_AT, ID_BYTES))
}

/** An id in binary: version, codec, hash and length in one byte each, then the digest. */
const ID_BYTES = 36
const DIGEST_AT = 4
const utf8 = new TextEncoder()

/** Stages a record that was judged; {@link endRuns} is told of it when that is committed. */
export async function keepRevocation(
  kernel: KernelState,
  transaction: Transaction,
  { claims: { issuer, issuedAt, revoked }, id, bytes }: SignedObject<Revocation>,
  now: number,
): Promise<Result<true>> {
  const { crypto } = kernel.powers
  const listed = feedKey(issuer, id)
  if ((await transaction.get(SPACE.feed, listed)) !== undefined) return { ok: true }
  const count = await readCount(transaction, SPACE.feed, feedCountKey(issuer))
  const { revocationsPerIssuer } = kernel.limits
  if (count >= revocationsPerIssuer)
    return refuse('LIMIT', `${count} records of ${issuer} are kept, at most ${revocationsPerIssuer}`)
  // Before the commit: a decision must never miss a record that is in the store.
  kernel.revocations.ids.add(revoked.multihash.digest)
  // From here on no reply under the token is remembered, so what was before is all there is to forget.
  kernel.replies.forgetAll()
  const key = revocationKey(crypto, revoked, issuer)
  const former = await transaction.get(SPACE.revoked, key)
  if (former === undefined) await addTo(transaction, SPACE.revoked, idKey(revoked), 1)
  else keepFormer(kernel, transaction, key, former)
  transaction.put(SPACE.revoked, key, bytes)
  transaction.put(SPACE.feed, listed, uint64(issuedAt))
  transaction.put(SPACE.feed, feedCountKey(issuer), uint64(count + 1))
  const until = await retainedUntil(kernel, transaction, revoked, Math.max(issuedAt, now))
  transaction.put(SPACE.feed, retentionKey(until, id), retained(revoked, issuer))
  return { ok: true }
}

/** Two records about one token are two: who asks for the records of an issuer is to be given both. */
function keepFormer(kernel: KernelState, transaction: Transaction, key: Uint8Array, bytes: Uint8Array): void {
  const former = readUnverifiedRevocation(kernel.powers.crypto, bytes).ok
  if (former !== undefined) transaction.put(SPACE.revoked, formerKey(key, former.id), bytes)
}

/** While any token of that id could still be used: of one that is not known, the longest life it can have. */
async function retainedUntil(
  kernel: KernelState,
  snapshot: Snapshot,
  token: CID,
  since: number,
): Promise<number> {
  const known = await expiryOf(kernel, snapshot, token)
  return Math.max(known, since + LIMITS.tokenLifetimeSeconds) + LIMITS.skewSeconds
}

/** When a token that is kept here expires; 0 for one that is not. */
export async function expiryOf(
  { powers, keys }: KernelState,
  snapshot: Snapshot,
  token: CID,
): Promise<number> {
  const bytes = await snapshot.get(SPACE.tokens, idKey(token))
  return bytes === undefined ? 0 : (readToken(powers.crypto, keys, bytes).ok?.capability.expires ?? 0)
}

/** What an entry about the end of a record says of it. */
export function retained(token: CID, issuer: Principal): Uint8Array {
  const name = utf8.encode(issuer)
  const bytes = new Uint8Array(ID_BYTES + name.length)
  bytes.set(token.bytes)
  bytes.set(name, ID_BYTES)
  return bytes
}

export function readRetained(value: Uint8Array): { readonly token: CID; readonly issuer: Principal } {
  return {
    token: createCid(CODEC.raw, value.subarray(DIGEST_AT, ID_BYTES)),
    issuer: new TextDecoder().decode(value.subarray(ID_BYTES)),
  }
}

function readKept({ powers }: KernelState, bytes: Uint8Array): KeptRevocation | undefined {
  // It was verified before it was kept.
  const object = readUnverifiedRevocation(powers.crypto, bytes).ok
  return object === undefined ? undefined : { ...object.claims, id: object.id, bytes }
}

async function readCount(snapshot: Snapshot, space: string, key: Uint8Array): Promise<number> {
  const bytes = await snapshot.get(space, key)
  return bytes === undefined ? 0 : readUint64(bytes)
}

/** A count that comes to nothing is not kept. */
export async function addTo(
  transaction: Transaction,
  space: string,
  key: Uint8Array,
  more: number,
): Promise<void> {
  const count = (await readCount(transaction, space, key)) + more
  if (count > 0) transaction.put(space, key, uint64(count))
  else transaction.delete(space, key)
}
