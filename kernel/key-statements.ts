/** Key statements a node has accepted: of each principal the one with the highest number. */
import { gridRefusal, statementRefusal } from './acceptance.ts'
import { refuse } from './errors.ts'
import { readUnverifiedStatement } from './message/key-statement.ts'
import { conflictKey, principalKey, SPACE } from './spaces.ts'
import type { CryptoProvider, Snapshot, Transaction } from '../promisebase/index.ts'
import type { Result } from './errors.ts'
import type { Principal } from './interface.ts'
import type { KeyRing } from './message/key-ring.ts'
import type { KeyStatement } from './message/key-statement.ts'
import type { SignedObject } from './message/signed-object.ts'
import type { KernelState } from './state.ts'

/** A statement in force. */
export interface KeptStatement extends KeyStatement {
  readonly bytes: Uint8Array
  /** Another statement of the same number by the same principal: evidence that it says two things. */
  readonly contradicted?: Uint8Array
}

/** What reads a statement that was kept. */
interface StatementReader {
  readonly crypto: CryptoProvider
  readonly keys: KeyRing
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
  const refused =
    gridRefusal(kernel, object.ok, 'a statement') ?? (await statementRefusal(kernel, object.ok, now))
  if (refused !== undefined) return { refused }
  return store.transact((transaction) => keep(readerOf(kernel), transaction, object.ok))
}

/** The statement of a principal that is in force in a store. */
export async function storedStatement(
  reader: StatementReader,
  snapshot: Snapshot,
  principal: Principal,
): Promise<KeptStatement | undefined> {
  const bytes = await snapshot.get(SPACE.statements, principalKey(principal))
  // It was verified before it was kept.
  const kept = bytes === undefined ? undefined : read(reader, bytes)
  if (bytes === undefined || kept === undefined) return undefined
  const contradicted = await snapshot.get(SPACE.statements, conflictKey(principal))
  return { ...kept.claims, bytes, ...(contradicted === undefined ? {} : { contradicted }) }
}

/** Who follows a principal: whom it names, if that one names it too. What was granted to it stays its own. */
export async function successorOf(
  reader: StatementReader,
  snapshot: Snapshot,
  principal: Principal,
): Promise<Principal | undefined> {
  const successor = (await storedStatement(reader, snapshot, principal))?.successor
  if (successor === undefined) return undefined
  const predecessor = (await storedStatement(reader, snapshot, successor))?.predecessor
  return predecessor === principal ? successor : undefined
}

/** Nothing goes back, and a number is used once. */
async function keep(
  reader: StatementReader,
  transaction: Transaction,
  { claims, bytes, id }: SignedObject<KeyStatement>,
): Promise<Result<KeyStatement>> {
  const { issuer, seq } = claims
  const key = principalKey(issuer)
  const former = await transaction.get(SPACE.statements, key)
  const before = former === undefined ? undefined : read(reader, former)
  if (before === undefined || before.claims.seq < seq) {
    transaction.put(SPACE.statements, key, bytes)
    transaction.delete(SPACE.statements, conflictKey(issuer))
    return { ok: claims }
  }
  if (before.id.equals(id)) return { ok: before.claims }
  if (before.claims.seq === seq) await keepEvidence(transaction, conflictKey(issuer), bytes)
  return refuse('CHAIN', `statement ${seq} of ${issuer} does not follow ${before.claims.seq}`)
}

/** One contradiction is enough: whoever signs more of them, all refused, must not make the store write each. */
async function keepEvidence(transaction: Transaction, key: Uint8Array, bytes: Uint8Array): Promise<void> {
  if ((await transaction.get(SPACE.statements, key)) === undefined)
    transaction.put(SPACE.statements, key, bytes)
}

function read({ crypto, keys }: StatementReader, bytes: Uint8Array): SignedObject<KeyStatement> | undefined {
  return readUnverifiedStatement(crypto, keys, bytes).ok
}

function readerOf({ powers, keys }: KernelState): StatementReader {
  return { crypto: powers.crypto, keys }
}
