/** Key statements a node has accepted: of each principal the one with the highest number. */
import { refuse } from './errors.ts'
import { verifyByPolicy } from './key-sets.ts'
import { readUnverifiedStatement } from './message/key-statement.ts'
import { conflictKey, principalKey, SPACE } from './spaces.ts'
import type { Snapshot, Transaction } from '../promisebase/index.ts'
import type { Result } from './errors.ts'
import type { Principal } from './interface.ts'
import type { KeyStatement } from './message/key-statement.ts'
import type { SignedObject } from './message/signed-object.ts'
import type { KernelState } from './state.ts'

/** A statement in force. */
export interface KeptStatement extends KeyStatement {
  readonly bytes: Uint8Array
  /** Another statement of the same number by the same principal: evidence that it says two things. */
  readonly contradicted?: Uint8Array
}

/** Accepts a statement that is newer than the one in force; the same one again changes nothing. */
export async function acceptKeyStatement(
  kernel: KernelState,
  bytes: Uint8Array,
  now: number,
): Promise<Result<KeyStatement>> {
  const { crypto, store } = kernel.powers
  const object = readUnverifiedStatement(crypto, kernel.keys, bytes)
  if (object.refused !== undefined) return object
  const { claims } = object.ok
  if (!claims.grid.equals(kernel.grid))
    return refuse('GRID', `a statement for grid ${claims.grid.toString()}`)
  const signed = await verifyByPolicy(kernel, object.ok, claims.issuer)
  if (signed.refused !== undefined) return signed
  if (claims.issuedAt > now + kernel.limits.skewSeconds)
    return refuse('EARLY', `iat ${claims.issuedAt}, now ${now}`)
  return store.transact((transaction) => keep(kernel, transaction, object.ok))
}

/** The statement of a principal that is in force here. */
export async function keyStatement(
  kernel: KernelState,
  snapshot: Snapshot,
  principal: Principal,
): Promise<KeptStatement | undefined> {
  const bytes = await snapshot.get(SPACE.statements, principalKey(principal))
  // It was verified before it was kept.
  const kept = bytes === undefined ? undefined : read(kernel, bytes)
  if (bytes === undefined || kept === undefined) return undefined
  const contradicted = await snapshot.get(SPACE.statements, conflictKey(principal))
  return { ...kept.claims, bytes, ...(contradicted === undefined ? {} : { contradicted }) }
}

/** Who follows a principal: whom it names, if that one names it too. What was granted to it stays its own. */
export async function successorOf(
  kernel: KernelState,
  snapshot: Snapshot,
  principal: Principal,
): Promise<Principal | undefined> {
  const successor = (await keyStatement(kernel, snapshot, principal))?.successor
  if (successor === undefined) return undefined
  const predecessor = (await keyStatement(kernel, snapshot, successor))?.predecessor
  return predecessor === principal ? successor : undefined
}

/** Nothing goes back, and a number is used once. */
async function keep(
  kernel: KernelState,
  transaction: Transaction,
  { claims, bytes, id }: SignedObject<KeyStatement>,
): Promise<Result<KeyStatement>> {
  const { issuer, seq } = claims
  const key = principalKey(issuer)
  const former = await transaction.get(SPACE.statements, key)
  const before = former === undefined ? undefined : read(kernel, former)
  if (before === undefined || before.claims.seq < seq) {
    transaction.put(SPACE.statements, key, bytes)
    transaction.delete(SPACE.statements, conflictKey(issuer))
    return { ok: claims }
  }
  if (before.id.equals(id)) return { ok: before.claims }
  if (before.claims.seq === seq) transaction.put(SPACE.statements, conflictKey(issuer), bytes)
  return refuse('CHAIN', `statement ${seq} of ${issuer} does not follow ${before.claims.seq}`)
}

function read(kernel: KernelState, bytes: Uint8Array): SignedObject<KeyStatement> | undefined {
  return readUnverifiedStatement(kernel.powers.crypto, kernel.keys, bytes).ok
}
