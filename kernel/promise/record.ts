/**
 * The record of a promise: what was promised, until when it is kept, and the word that ended it. Written with
 * the effect it belongs to, and the only place where the space of promises is read and written
 * (spec/promise.md, "Record").
 */
import { DAG_CBOR_PROFILE, decodeCbor, encodeCbor, StoreError } from '../../promisebase/index.ts'
import { readEnvelope } from '../message/envelope.ts'
import { readMessageClaims } from '../message/message-claims.ts'
import { idKey, promiseTimeBound, promiseTimeKey, promiseWrapKey, SPACE } from '../spaces.ts'
import { readUnverifiedPromise } from './promise.ts'
import type { CID } from 'multiformats/cid'
import type { CborValue, CryptoProvider, Snapshot, Transaction } from '../../promisebase/index.ts'
import type { MessageForm, Outcome, Principal, SignedPromise } from '../interface.ts'

export interface PromiseRecord {
  readonly promise: SignedPromise
  /** Of the request, and so of the resolution. */
  readonly form: MessageForm
  /** When the record may be dropped. */
  readonly until: number
  readonly ended?: PromiseEnd
}

/** How a promise ended: the second, and the signed word about it. */
export interface PromiseEnd {
  readonly at: number
  readonly outcome: Outcome
  readonly resolution: Uint8Array
}

/** A place to read records from: a snapshot, or the transaction they are changed in. */
export type RecordReader = Pick<Snapshot, 'get'>

const NOTHING = new Uint8Array(0)
const utf8 = new TextEncoder()
const utf8Text = new TextDecoder()

export async function readRecord(
  crypto: CryptoProvider,
  reader: RecordReader,
  id: CID,
): Promise<PromiseRecord | undefined> {
  const bytes = await reader.get(SPACE.promises, idKey(id))
  if (bytes === undefined) return undefined
  const decoded = decodeCbor(bytes, DAG_CBOR_PROFILE)
  const record = Array.isArray(decoded.ok) ? readFields(crypto, decoded.ok) : undefined
  if (record === undefined) throw new StoreError('CORRUPT', `the record of promise ${id.toString()}`)
  return record
}

/** Stages a new promise that `payer` pays for: its record, and where it is found by time and by what it wraps. */
export function stagePromise(
  transaction: Transaction,
  record: PromiseRecord,
  payer: Principal,
  wrapped: SignedPromise | undefined,
): void {
  const { id, expires } = record.promise
  putRecord(transaction, record)
  transaction.put(SPACE.promises, promiseTimeKey('open', expires, id), utf8.encode(payer))
  transaction.put(SPACE.promises, promiseTimeKey('until', record.until, id), NOTHING)
  if (wrapped !== undefined)
    transaction.put(SPACE.promises, promiseWrapKey(wrapped.id, id), writeParties(wrapped))
}

/** Who pays for each promise that is counted as open. */
export async function* openPromises(reader: Pick<Snapshot, 'range'>): AsyncIterable<Principal> {
  const range = { gte: promiseTimeBound('open', 0), lt: promiseTimeBound('until', 0) }
  for await (const { value } of reader.range(SPACE.promises, range)) yield readPayer(value)
}

/** What the entry of an open promise holds. */
export function readPayer(bytes: Uint8Array): Principal {
  return utf8Text.decode(bytes)
}

/** Stages how a promise ended; who paid for it, if it was counted as open until now. */
export async function stageEnd(
  transaction: Transaction,
  record: PromiseRecord,
  ended: PromiseEnd,
): Promise<Principal | undefined> {
  const { id, expires, wraps } = record.promise
  const open = promiseTimeKey('open', expires, id)
  const payer = await transaction.get(SPACE.promises, open)
  putRecord(transaction, { ...record, ended })
  transaction.delete(SPACE.promises, open)
  if (wraps !== undefined) transaction.delete(SPACE.promises, promiseWrapKey(wraps, id))
  return payer && readPayer(payer)
}

/** Drops all that is kept of a promise; its entry among the open ones is counted out where those are swept. */
export function stageDrop(transaction: Transaction, { promise, until }: PromiseRecord): void {
  const { id, wraps } = promise
  transaction.delete(SPACE.promises, idKey(id))
  transaction.delete(SPACE.promises, promiseTimeKey('until', until, id))
  if (wraps !== undefined) transaction.delete(SPACE.promises, promiseWrapKey(wraps, id))
}

/** Between whom a promise of somebody else is: its id stands for its claims, so this much of it is enough. */
export type Parties = Pick<SignedPromise, 'issuer' | 'audience'>

function writeParties({ issuer, audience }: Parties): Uint8Array {
  return encodeCbor([issuer, audience])
}

export function readParties(bytes: Uint8Array): Parties {
  const decoded = decodeCbor(bytes, DAG_CBOR_PROFILE)
  const [issuer, audience] = Array.isArray(decoded.ok) ? decoded.ok : []
  if (typeof issuer !== 'string' || typeof audience !== 'string')
    throw new StoreError('CORRUPT', 'the parties of a wrapped promise')
  return { issuer, audience }
}

/** Keeps a record at least until then: others may have to look at it. */
export function stageLonger(transaction: Transaction, record: PromiseRecord, until: number): void {
  if (record.until >= until) return
  const { id } = record.promise
  transaction.delete(SPACE.promises, promiseTimeKey('until', record.until, id))
  transaction.put(SPACE.promises, promiseTimeKey('until', until, id), NOTHING)
  putRecord(transaction, { ...record, until })
}

/** `[promise, is tagged, until, second it ended or null, resolution or null]` */
function putRecord(transaction: Transaction, { promise, form, until, ended }: PromiseRecord): void {
  const fields = [promise.bytes, form === 'tagged', until, ended?.at ?? null, ended?.resolution ?? null]
  transaction.put(SPACE.promises, idKey(promise.id), encodeCbor(fields))
}

function readFields(crypto: CryptoProvider, fields: readonly CborValue[]): PromiseRecord | undefined {
  const [bytes, isTagged, until, at, resolution] = fields
  if (!(bytes instanceof Uint8Array) || typeof until !== 'number') return undefined
  // It was signed here; nobody else writes this space.
  const read = readUnverifiedPromise(crypto, bytes).ok
  if (read === undefined) return undefined
  const record = { promise: read.promise, form: isTagged === true ? 'tagged' : 'array', until } as const
  if (typeof at !== 'number' || !(resolution instanceof Uint8Array)) return record
  const outcome = outcomeIn(resolution)
  return outcome === undefined ? undefined : { ...record, ended: { at, outcome, resolution } }
}

/** What a message says as an outcome, whoever signed it. */
function outcomeIn(message: Uint8Array): Outcome | undefined {
  const envelope = readEnvelope(message)
  return envelope.ok === undefined ? undefined : readMessageClaims(envelope.ok.claims).ok?.outcome
}
