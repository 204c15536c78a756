/**
 * The word of another node about its promise. What this node promised by passing it on ends the same way, by its
 * own word: nobody has to believe the other node for that (spec/promise.md, "Wrapping").
 */
import { hashBlock, parseCid, StoreError } from '../../promisebase/index.ts'
import { refuse } from '../errors.ts'
import { refusedAlgorithm } from '../grid/policy.ts'
import { keysOf } from '../key-sets.ts'
import { readSignature, verifySignature } from '../message/cose.ts'
import { readEnvelope } from '../message/envelope.ts'
import { readMessageClaims } from '../message/message-claims.ts'
import { promiseWrapPrefix, SPACE } from '../spaces.ts'
import { noChanges } from './desk.ts'
import { endOf, endPromise } from './end.ts'
import { readParties, readRecord } from './record.ts'
import type { CID } from 'multiformats/cid'
import type { Snapshot, Transaction } from '../../promisebase/index.ts'
import type { Refusal, Result } from '../errors.ts'
import type { Outcome, Principal } from '../interface.ts'
import type { Envelope } from '../message/envelope.ts'
import type { KernelState } from '../state.ts'
import type { Ending } from './end.ts'
import type { Parties } from './record.ts'

/** What a resolution says, and between whom. */
interface Resolution {
  readonly envelope: Envelope
  readonly promise: CID
  readonly issuer: Principal
  readonly audience: string
  readonly outcome: Outcome
}

export async function acceptResolution(
  kernel: KernelState,
  bytes: Uint8Array,
  now: number,
): Promise<Result<readonly CID[]>> {
  const read = readResolution(kernel, bytes)
  if (read.refused !== undefined) return read
  const { store } = kernel.powers
  const awaited = await judge(kernel, read.ok)
  if (awaited.refused !== undefined) return awaited
  if (!awaited.ok) return { ok: [] }
  const { ids, changes } = await store.transact(async (transaction) => {
    const changes = noChanges()
    const ending = { kernel, transaction, now, changes }
    return { ids: await endWrappers(ending, read.ok), changes }
  })
  kernel.promises.committed(changes)
  return { ok: ids }
}

function readResolution(kernel: KernelState, bytes: Uint8Array): Result<Resolution> {
  if (bytes.length > kernel.limits.messageBytes)
    return refuse('LIMIT', `a message has at most ${kernel.limits.messageBytes} bytes here`)
  const envelope = readEnvelope(bytes)
  if (envelope.refused !== undefined) return envelope
  if (!envelope.ok.grid.equals(kernel.grid)) return refuse('GRID', `of grid ${envelope.ok.grid.toString()}`)
  const claims = readMessageClaims(envelope.ok.claims)
  if (claims.refused !== undefined) return claims
  const { issuer, audience, inReplyTo: promise, outcome } = claims.ok
  if (promise === undefined || outcome === undefined)
    return refuse('SHAPE', 'a resolution names a promise and has an outcome')
  if (outcome.status === 'deferred' || outcome.status === 'already-seen')
    return refuse('SHAPE', `a resolution is kept, broken, refused or expired, not ${outcome.status}`)
  return { ok: { envelope: envelope.ok, promise, issuer, audience, outcome } }
}

/** Whether somebody waits for it; only then a signature is checked. Who may say it to whom is known from them. */
async function judge(kernel: KernelState, said: Resolution): Promise<Result<boolean>> {
  const snapshot = kernel.powers.store.snapshot()
  try {
    const parties = await partiesOf(snapshot, said.promise)
    if (parties === undefined) return { ok: false }
    const refused =
      partiesRefusal(parties, said) ??
      (await signatureRefusal(kernel, snapshot, said)) ??
      (await resultRefusal(kernel, snapshot, said.outcome))
    return refused === undefined ? { ok: true } : { refused }
  } finally {
    snapshot.close()
  }
}

/** All that wrap one promise name the same two: its id stands for both. */
async function partiesOf(snapshot: Snapshot, promise: CID): Promise<Parties | undefined> {
  const range = { prefix: promiseWrapPrefix(promise), limit: 1 }
  for await (const { value } of snapshot.range(SPACE.promises, range)) return readParties(value)
  return undefined
}

function partiesRefusal(parties: Parties, said: Resolution): Refusal | undefined {
  if (said.issuer !== parties.issuer)
    return refuse('POP', `a resolution by ${said.issuer}, who did not promise it`).refused
  return said.audience === parties.audience
    ? undefined
    : refuse('AUD', `a resolution to ${said.audience}, to whom it was not promised`).refused
}

async function signatureRefusal(
  kernel: KernelState,
  snapshot: Snapshot,
  { envelope, issuer }: Resolution,
): Promise<Refusal | undefined> {
  const { powers, keys, policy } = kernel
  const signer = await keysOf({ keys, snapshot, crypto: powers.crypto }, issuer)
  if (signer.refused !== undefined) return signer.refused
  const algorithm = refusedAlgorithm(policy, signer.ok)
  if (algorithm !== undefined)
    return refuse('ALG', `algorithm ${algorithm} is not accepted in this grid`).refused
  const signature = readSignature(envelope.signature, { detached: true })
  if (signature.refused !== undefined) return signature.refused
  const verified = verifySignature(powers.crypto, signature.ok, envelope.signedPayload, signer.ok)
  return verified.refused ?? keys.claim(signer.ok).refused
}

/** This node says of a result only what it can show: the bytes that come along, or content that is here. */
async function resultRefusal(
  { powers }: KernelState,
  snapshot: Snapshot,
  outcome: Outcome,
): Promise<Refusal | undefined> {
  if (outcome.status !== 'kept') return undefined
  const { cid, bytes } = outcome.result
  if (bytes !== undefined)
    return hashBlock(powers.crypto.sha256, cid.code, bytes).equals(cid)
      ? undefined
      : refuse('CID', 'the result is not what its CID says').refused
  return (await snapshot.hasBlock(cid))
    ? undefined
    : refuse('MISSING', `the result ${cid.toString()} is not on this node`, { missing: [cid.toString()] })
        .refused
}

/** Ends all that wrap it. One whose own time was up before has expired. */
async function endWrappers(ending: Ending, { promise, outcome }: Resolution): Promise<CID[]> {
  const own = ownWord(outcome)
  const ids: CID[] = []
  for (const id of await wrappersOf(ending.transaction, promise)) {
    const record = await readRecord(ending.kernel.powers.crypto, ending.transaction, id)
    if (record === undefined || (await endOf(ending, record)) !== undefined) continue
    await endPromise(ending, record, ending.now, own)
    ids.push(id)
  }
  return ids
}

async function wrappersOf(transaction: Transaction, promise: CID): Promise<CID[]> {
  const prefix = promiseWrapPrefix(promise)
  const ids: CID[] = []
  for await (const { key } of transaction.range(SPACE.promises, { prefix })) {
    const id = parseCid(key.slice(prefix.length))
    if (id.refused !== undefined) throw new StoreError('CORRUPT', 'a wrapping promise')
    ids.push(id.ok)
  }
  return ids
}

/** The receipt of another executor vouches for another executor. */
function ownWord(outcome: Outcome): Outcome {
  if (outcome.status !== 'kept') return outcome
  const { status, result, fuel } = outcome
  return { status, result, fuel }
}
