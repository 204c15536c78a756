/**
 * The trust ledger: how principals have kept their word to this node's own people, counted from signed replies
 * alone. Each reply counts once; two different answers to one request are a broken promise. The counts can be
 * made again from the evidence that is kept (spec/trust.md).
 */
import {
  CODEC,
  DAG_CBOR_PROFILE,
  decodeCbor,
  encodeCbor,
  isCid,
  parseCid,
  StoreError,
} from '../../promisebase/index.ts'
import { REFUSALS } from '../errors.ts'
import { inSnapshot } from '../in-snapshot.ts'
import { keysOf } from '../key-sets.ts'
import { equalBytes } from '../message/equal-bytes.ts'
import { readEnvelope } from '../message/envelope.ts'
import { readReply } from '../message/read-reply.ts'
import { idOf } from '../message/signed-object.ts'
import { evidenceKey, SPACE, trustKey } from '../spaces.ts'
import { added, countsClaim, NO_COUNTS, sum, verdictOf, VERDICTS } from './standing.ts'
import type { CID } from 'multiformats/cid'
import type { Snapshot, Transaction } from '../../promisebase/index.ts'
import type { RefusalCode, Result } from '../errors.ts'
import type { Outcome, Principal } from '../interface.ts'
import type { PendingRequest } from '../message/read-reply.ts'
import type { KernelState } from '../state.ts'
import type { Counts, Verdict } from './standing.ts'

const utf8Text = new TextDecoder()
const NOTHING = new Uint8Array(0)

/** What the ledger says of one principal in one protocol. */
export interface Standing {
  readonly principal: Principal
  readonly protocol: CID
  readonly counts: Counts
}

/** One answer that was counted. */
interface Evidence {
  readonly principal: Principal
  readonly protocol: CID
  /** Id of the reply. */
  readonly reply: CID
  /** What it says, so that another answer to the same request is found to differ; empty when it binds to nothing. */
  readonly answer: Uint8Array
  readonly verdict: Verdict
  /** Another reply to the same request that says something else. */
  readonly contradiction?: CID
}

/**
 * Counts a reply to a request of somebody of this node. What was counted before changes nothing.
 * @returns what is known of its executor now; a hint and a deferred outcome count for nothing
 */
export async function noteReply(
  kernel: KernelState,
  pending: PendingRequest,
  bytes: Uint8Array,
): Promise<Result<Standing | undefined>> {
  const { crypto, store } = kernel.powers
  const envelope = readEnvelope(bytes)
  if (envelope.refused !== undefined) return envelope
  await inSnapshot(store, async (snapshot) => {
    // Whoever it claims to be from: readReply takes it from nobody but those who were asked.
    for (const executor of pending.executors) await keysOf({ keys: kernel.keys, snapshot, crypto }, executor)
  })
  const reply = readReply(crypto, kernel.keys, pending, bytes)
  if (reply.refused !== undefined) return reply
  if (!reply.ok.signed) return { ok: undefined }
  const { outcome, executor } = reply.ok
  const verdict = verdictOf(outcome, isPromise(pending) ? 'promise' : 'request')
  if (verdict === undefined) return { ok: undefined }
  const evidence = {
    principal: executor,
    protocol: envelope.ok.protocol,
    reply: idOf(crypto, envelope.ok.signedPayload),
    answer: isBinding(pending, outcome) ? answerOf(kernel, outcome) : NOTHING,
    verdict,
  }
  return store.transact(async (transaction) => ({
    ok: await count(kernel, transaction, pending.id, evidence),
  }))
}

async function count(
  kernel: KernelState,
  transaction: Transaction,
  request: CID,
  evidence: Evidence,
): Promise<Standing> {
  const { principal, protocol } = evidence
  const key = evidenceKey(kernel.powers.crypto, request, principal)
  const bytes = await transaction.get(SPACE.evidence, key)
  const before = bytes === undefined ? undefined : readEvidence(bytes)
  if (before === undefined) {
    transaction.put(SPACE.evidence, key, writeEvidence(evidence))
    return add(transaction, evidence, [[evidence.verdict, 1]])
  }
  if (isOpen(before) && !isOpen(evidence)) {
    transaction.put(SPACE.evidence, key, writeEvidence(evidence))
    await add(transaction, before, [[before.verdict, -1]])
    return add(transaction, evidence, [[evidence.verdict, 1]])
  }
  const same = before.contradiction !== undefined || equalBytes(before.answer, evidence.answer)
  if (same || isOpen(evidence))
    return { principal, protocol, counts: await countsOf(transaction, principal, before.protocol) }
  // It said one thing and then another: whichever it was, that word was not kept.
  transaction.put(SPACE.evidence, key, writeEvidence({ ...before, contradiction: evidence.reply }))
  return add(transaction, before, [
    [before.verdict, -1],
    ['broken', 1],
  ])
}

async function add(
  transaction: Transaction,
  { principal, protocol }: Pick<Evidence, 'principal' | 'protocol'>,
  changes: readonly (readonly [Verdict, number])[],
): Promise<Standing> {
  const before = await countsOf(transaction, principal, protocol)
  const counts = changes.reduce((so, [verdict, amount]) => added(so, verdict, amount), before)
  transaction.put(SPACE.trust, trustKey(principal, protocol), encodeCbor(countsClaim.write(counts)))
  return { principal, protocol, counts }
}

/** What is known of a principal in one protocol. */
export async function countsOf(snapshot: Snapshot, principal: Principal, protocol: CID): Promise<Counts> {
  const bytes = await snapshot.get(SPACE.trust, trustKey(principal, protocol))
  return bytes === undefined ? NO_COUNTS : readCounts(bytes)
}

/** What is known of a principal, protocol by protocol; of everybody without one. */
export async function* standings(snapshot: Snapshot, principal?: Principal): AsyncIterable<Standing> {
  const prefix = principal === undefined ? undefined : trustKey(principal)
  for await (const { key, value } of snapshot.range(SPACE.trust, prefix === undefined ? {} : { prefix }))
    yield { ...readTrustKey(key), counts: readCounts(value) }
}

/** What is known of a principal in all protocols together. */
export async function totalOf(snapshot: Snapshot, principal: Principal): Promise<Counts> {
  let total = NO_COUNTS
  for await (const { counts } of standings(snapshot, principal)) total = sum(total, counts)
  return total
}

/** Makes every count again from the evidence; returns how many differed from what was kept. */
export async function rebuild({ powers }: KernelState): Promise<number> {
  return powers.store.transact(async (transaction) => {
    const counted = new Map<string, { readonly key: Uint8Array; counts: Counts }>()
    for await (const { value } of transaction.range(SPACE.evidence)) {
      const { principal, protocol, verdict, contradiction } = readEvidence(value)
      const name = `${principal} ${protocol.toString()}`
      const entry = counted.get(name) ?? { key: trustKey(principal, protocol), counts: NO_COUNTS }
      entry.counts = added(entry.counts, contradiction === undefined ? verdict : 'broken')
      counted.set(name, entry)
    }
    let differing = 0
    for await (const { key, value } of transaction.range(SPACE.trust)) {
      const { principal, protocol } = readTrustKey(key)
      if (counted.has(`${principal} ${protocol.toString()}`)) continue
      if (VERDICTS.some((verdict) => readCounts(value)[verdict] > 0)) differing += 1
      transaction.delete(SPACE.trust, key)
    }
    for (const { key, counts } of counted.values()) {
      const bytes = encodeCbor(countsClaim.write(counts))
      const kept = await transaction.get(SPACE.trust, key)
      if (kept !== undefined && equalBytes(kept, bytes)) continue
      transaction.put(SPACE.trust, key, bytes)
      differing += 1
    }
    return differing
  })
}

/**
 * Whether a node has to stay with this answer. Before a run each attempt is decided anew, so a refusal may be
 * followed by a result, and a result by the word that the chain has expired meanwhile. A promise ends once.
 */
function isBinding(pending: PendingRequest, outcome: Outcome): boolean {
  if (isPromise(pending) || !('code' in outcome)) return true
  const row = Object.hasOwn(REFUSALS, outcome.code) ? REFUSALS[outcome.code as RefusalCode] : undefined
  return row?.stage === 'execute' && !row.retryable
}

/** What was waited for: the end of a promise, or the reply to a message. */
function isPromise({ bytes }: PendingRequest): boolean {
  return readEnvelope(bytes).refused !== undefined
}

function isOpen({ answer }: Evidence): boolean {
  return answer.length === 0
}

function answerOf({ powers }: KernelState, outcome: Outcome): Uint8Array {
  const said = 'result' in outcome ? outcome.result.cid : 'code' in outcome ? outcome.code : null
  return powers.crypto.sha256(encodeCbor([outcome.status, said]))
}

/** `[principal, protocol, reply, answer, verdict, contradiction or null]` in dag-cbor. */
function writeEvidence({ principal, protocol, reply, answer, verdict, contradiction }: Evidence): Uint8Array {
  return encodeCbor([principal, protocol, reply, answer, verdict, contradiction ?? null])
}

function readEvidence(bytes: Uint8Array): Evidence {
  const decoded = decodeCbor(bytes, DAG_CBOR_PROFILE)
  const [principal, protocol, reply, answer, said, contradiction] = Array.isArray(decoded.ok)
    ? decoded.ok
    : []
  const verdict = VERDICTS.find((each) => each === said)
  if (typeof principal !== 'string' || !isCid(protocol) || !isCid(reply) || verdict === undefined)
    throw corrupt('evidence')
  if (!(answer instanceof Uint8Array)) throw corrupt('evidence')
  const evidence = { principal, protocol, reply, answer, verdict }
  return isCid(contradiction) ? { contradiction, ...evidence } : evidence
}

function readCounts(bytes: Uint8Array): Counts {
  const decoded = decodeCbor(bytes, DAG_CBOR_PROFILE)
  const counts = decoded.refused === undefined ? countsClaim.read(decoded.ok) : undefined
  if (counts === undefined) throw corrupt('a count of the ledger')
  return counts
}

function readTrustKey(key: Uint8Array): Pick<Standing, 'principal' | 'protocol'> {
  const end = key.indexOf(0)
  const protocol = parseCid(key.subarray(end + 1), { codecs: [CODEC.raw, CODEC.dagCbor] })
  if (end < 0 || protocol.refused !== undefined) throw corrupt('a key of the ledger')
  return { principal: utf8Text.decode(key.subarray(0, end)), protocol: protocol.ok }
}

function corrupt(what: string): StoreError {
  return new StoreError('CORRUPT', `${what} cannot be read`)
}
