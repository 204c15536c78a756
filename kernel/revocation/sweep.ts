/**
 * Retention: a record is dropped when nothing it could be about can be used any more, never before. Its token may
 * have come to be known since, and last longer than was thought (spec/capability.md, "Retention").
 */
import { CODEC, createCid } from '../../promisebase/index.ts'
import { LIMITS } from '../limits.ts'
import {
  feedCountKey,
  feedKey,
  formerKey,
  idKey,
  MARK_KEY,
  readUint64,
  RETENTION_PREFIX,
  retentionKey,
  revocationKey,
  SPACE,
} from '../spaces.ts'
import { ACCEPTANCE, addTo, expiryOf, readRetained, retained } from './revocations.ts'
import { readUnverifiedRevocation } from './revocation.ts'
import type { CID } from 'multiformats/cid'
import type { Transaction } from '../../promisebase/index.ts'
import type { Principal } from '../interface.ts'
import type { KernelState } from '../state.ts'

/** Records looked at per sweep: a sweep must not stall the messages behind it. */
const SWEEP_MAX = 256
const DIGEST_BYTES = 32

/** One record whose time is up. */
interface Due {
  readonly key: Uint8Array
  readonly record: CID
  readonly token: CID
  readonly issuer: Principal
}

/**
 * Drops records that were due at the mark on disk, below which this node's time never falls again. What is in
 * memory about them stays: it only leads to the store, where nothing is found any more.
 */
export async function sweepRevocations(kernel: KernelState): Promise<number> {
  const { store } = kernel.powers
  return kernel.contended.run(ACCEPTANCE, () =>
    store.transact(
      async (transaction) => {
        const stored = await transaction.get(SPACE.clock, MARK_KEY)
        const mark = stored === undefined ? 0 : readUint64(stored)
        let dropped = 0
        for (const due of await dueAt(transaction, mark))
          dropped += (await settleDue(kernel, transaction, due, mark)) ? 1 : 0
        return dropped
      },
      { durable: false },
    ),
  )
}

async function dueAt(transaction: Transaction, mark: number): Promise<readonly Due[]> {
  const range = { gte: RETENTION_PREFIX, lt: retentionKey(mark), limit: SWEEP_MAX }
  const due: Due[] = []
  for await (const { key, value } of transaction.range(SPACE.feed, range)) {
    due.push({
      key,
      record: createCid(CODEC.raw, key.subarray(key.length - DIGEST_BYTES)),
      ...readRetained(value),
    })
  }
  return due
}

/** Whether it was dropped; else it has a new time. */
async function settleDue(
  kernel: KernelState,
  transaction: Transaction,
  { key, record, token, issuer }: Due,
  mark: number,
): Promise<boolean> {
  transaction.delete(SPACE.feed, key)
  const until = (await expiryOf(kernel, transaction, token)) + LIMITS.skewSeconds
  if (until >= mark) {
    transaction.put(SPACE.feed, retentionKey(until, record), retained(token, issuer))
    return false
  }
  transaction.delete(SPACE.feed, feedKey(issuer, record))
  await addTo(transaction, SPACE.feed, feedCountKey(issuer), -1)
  await dropRecord(kernel, transaction, record, token, issuer)
  return true
}

/** A later record of the same issuer about the same token has taken its place, and has its own time. */
async function dropRecord(
  { powers: { crypto } }: KernelState,
  transaction: Transaction,
  record: CID,
  token: CID,
  issuer: Principal,
): Promise<void> {
  const key = revocationKey(crypto, token, issuer)
  const bytes = await transaction.get(SPACE.revoked, key)
  const kept = bytes === undefined ? undefined : readUnverifiedRevocation(crypto, bytes).ok
  if (kept === undefined || !kept.id.equals(record))
    return transaction.delete(SPACE.revoked, formerKey(key, record))
  transaction.delete(SPACE.revoked, key)
  await addTo(transaction, SPACE.revoked, idKey(token), -1)
}
