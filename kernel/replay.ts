/**
 * The replay record: a message acts once. Its issuer and nonce, its id and its reply are written in the
 * transaction of the effect, and kept until the message could not be accepted any more
 * (spec/dispatch.md, "Replay").
 */
import { DAG_CBOR_PROFILE, decodeCbor, isCid, withCbor } from '../promisebase/index.ts'
import { refuse } from './errors.ts'
import { LIMITS } from './limits.ts'
import { expiredKey, expiryKey, MARK_KEY, readUint64, replayKey, SPACE, uint64 } from './spaces.ts'
import type { CryptoProvider, Snapshot, Store, Transaction } from '../promisebase/index.ts'
import type { Result } from './errors.ts'
import type { Message } from './interface.ts'

/** Entries dropped per sweep: a sweep must not stall the messages behind it, nor fall behind what they leave. */
const SWEEP_MAX = 512

/** The reply this message got before; undefined when it is new; REPLAY when its nonce was used otherwise. */
export async function recall(
  snapshot: Snapshot,
  message: Message,
  key: Uint8Array,
): Promise<Result<Uint8Array | undefined>> {
  const bytes = await snapshot.get(SPACE.replay, key)
  if (bytes === undefined) return { ok: undefined }
  const decoded = decodeCbor(bytes, DAG_CBOR_PROFILE)
  const [id, reply] = Array.isArray(decoded.ok) ? decoded.ok : []
  if (!isCid(id) || !(reply instanceof Uint8Array)) return refuse('STORE', 'a replay record cannot be read')
  return id.equals(message.id)
    ? { ok: reply }
    : refuse('REPLAY', `this nonce belongs to message ${id.toString()}`)
}

/** Stages the record of a message and its reply. */
export function record(transaction: Transaction, message: Message, key: Uint8Array, reply: Uint8Array): void {
  // A transaction keeps a copy of what it is given.
  withCbor([message.id, reply], (value) => transaction.put(SPACE.replay, key, value))
  transaction.put(SPACE.expiry, expiryKey(message.claims.expires, key), new Uint8Array(0))
}

/**
 * Moves the mark on disk to `now` and drops records of messages that were too old at the mark before: time
 * never falls behind that one again, whatever the clock says after a crash and whatever skew a host then
 * allows. A bounded number per call; counters of what was spent go the same way. Returns how many records of
 * messages are gone.
 */
export async function sweep(store: Store, now: number): Promise<number> {
  return store.transact(
    async (transaction) => {
      const mark = await moveMark(transaction, now)
      let dropped = 0
      for await (const { key, value } of transaction.range(SPACE.expiry, {
        lt: uint64(Math.max(0, mark - LIMITS.skewSeconds)),
        limit: SWEEP_MAX,
      })) {
        const isRecord = value.length === 0
        transaction.delete(isRecord ? SPACE.replay : SPACE.spent, expiredKey(key))
        transaction.delete(SPACE.expiry, key)
        if (isRecord) dropped += 1
      }
      return dropped
    },
    { durable: false },
  )
}

/** The mark as it was on disk. */
async function moveMark(transaction: Transaction, now: number): Promise<number> {
  const stored = await transaction.get(SPACE.clock, MARK_KEY)
  const mark = stored === undefined ? 0 : readUint64(stored)
  if (mark < now) transaction.put(SPACE.clock, MARK_KEY, uint64(now))
  return mark
}

/** Where the record of a message is kept; found once per message, for it costs a hash. */
export function keyOf(crypto: Pick<CryptoProvider, 'sha256'>, { claims }: Message): Uint8Array {
  return replayKey(crypto, claims.issuer, claims.nonce)
}
