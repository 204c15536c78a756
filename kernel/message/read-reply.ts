/** The caller's side: is this the answer to what I asked, from whom I asked, and what does it say? */
import { decodeCbor, ENVELOPE_PROFILE } from '../../promisebase/index.ts'
import { refuse } from '../errors.ts'
import { readPromise } from '../promise/promise.ts'
import { readSignature, verifySignature } from './cose.ts'
import { equalBytes } from './equal-bytes.ts'
import { readEnvelope } from './envelope.ts'
import { readMessageClaims } from './message-claims.ts'
import type { CID } from 'multiformats/cid'
import type { CryptoProvider } from '../../promisebase/index.ts'
import type { Result } from '../errors.ts'
import type { Outcome, Principal, SignedPromise } from '../interface.ts'
import type { KeyRing } from './key-ring.ts'

/** A request that waits for its reply; or a promise that waits for its resolution, with its bytes and its id. */
export interface PendingRequest {
  readonly bytes: Uint8Array
  readonly id: CID
  readonly grid: CID
  readonly sender: Principal
  /** Who may answer: the node it was addressed to, or for the grid the executors one trusts. */
  readonly executors: readonly Principal[]
}

/** A reply: a signed outcome, or an unsigned hint that settles nothing. */
export type Reply =
  | {
      readonly signed: true
      readonly outcome: Outcome
      readonly executor: Principal
      /** What was promised, when the outcome is deferred. */
      readonly promise?: SignedPromise
    }
  | { readonly signed: false; readonly code: string }

/** Reads and verifies the bytes that came back; `keys` has learnt the sets of the executors that are sets. */
export function readReply(
  crypto: CryptoProvider,
  keys: KeyRing,
  pending: PendingRequest,
  bytes: Uint8Array,
): Result<Reply> {
  const hint = readHint(crypto, pending, bytes)
  if (hint !== undefined) return { ok: { signed: false, code: hint } }
  const envelope = readEnvelope(bytes)
  if (envelope.refused !== undefined) return envelope
  const claims = readMessageClaims(envelope.ok.claims)
  if (claims.refused !== undefined) return claims
  const { issuer, audience, inReplyTo, outcome } = claims.ok
  if (!envelope.ok.grid.equals(pending.grid)) return refuse('GRID', 'a reply of another grid')
  if (audience !== pending.sender) return refuse('AUD', `a reply to ${audience}`)
  if (inReplyTo === undefined || !inReplyTo.equals(pending.id))
    return refuse('CHAIN', 'a reply to another request')
  if (!pending.executors.includes(issuer)) return refuse('POP', `a reply from ${issuer}, who was not asked`)
  if (outcome === undefined) return refuse('SHAPE', 'a reply without an outcome')
  const key = keys.read(issuer)
  if (key.refused !== undefined) return key
  const signature = readSignature(envelope.ok.signature, { detached: true })
  if (signature.refused !== undefined) return signature
  const verified = verifySignature(crypto, signature.ok, envelope.ok.signedPayload, key.ok)
  const claimed = verified.refused === undefined ? keys.claim(key.ok) : verified
  if (claimed.refused !== undefined) return claimed
  const reply = { signed: true, outcome, executor: issuer } as const
  if (outcome.status !== 'deferred') return { ok: reply }
  const promise = readPromised(crypto, keys, pending, { issuer, bytes: outcome.promise })
  return promise.refused === undefined ? { ok: { ...reply, promise: promise.ok } } : promise
}

/** A deferred outcome is worth as much as its promise: made by who answers, to who asked, for this request. */
function readPromised(
  crypto: CryptoProvider,
  keys: KeyRing,
  pending: PendingRequest,
  { issuer, bytes }: { readonly issuer: Principal; readonly bytes: Uint8Array },
): Result<SignedPromise> {
  const promise = readPromise(crypto, keys, bytes)
  if (promise.refused !== undefined) return promise
  const { grid, audience, request } = promise.ok
  if (!grid.equals(pending.grid)) return refuse('GRID', 'a promise of another grid')
  if (promise.ok.issuer !== issuer)
    return refuse('POP', `a promise by ${promise.ok.issuer}, not by ${issuer}`)
  if (audience !== pending.sender) return refuse('AUD', `a promise to ${audience}`)
  return request.equals(pending.id) ? promise : refuse('CHAIN', 'a promise for another request')
}

/** Codes are printed: whatever else stands in a hint, which anyone could have made up, is not one. */
const CODE = /^[A-Z][A-Z_]{0,63}$/

/** First byte of an array of three elements: everything else is no hint, and need not be decoded for it. */
const ARRAY_OF_THREE = 0x83

function readHint(crypto: CryptoProvider, pending: PendingRequest, bytes: Uint8Array): string | undefined {
  if (bytes[0] !== ARRAY_OF_THREE) return undefined
  const decoded = decodeCbor(bytes, ENVELOPE_PROFILE)
  if (!Array.isArray(decoded.ok) || decoded.ok.length !== 3 || decoded.ok[0] !== 'grid-refused')
    return undefined
  const [, digest, code] = decoded.ok
  const isOurs = digest instanceof Uint8Array && equalBytes(digest, crypto.sha256(pending.bytes))
  return isOurs && typeof code === 'string' && CODE.test(code) ? code : undefined
}
