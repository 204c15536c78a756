/**
 * Stage 6: Outcome or refusal → bytes. A reply is a message of this node to the one who asked. A refusal is
 * signed only for a sender who proved possession of its chain, and within a rate, so that a flood cannot buy
 * signatures; all others get a short hint that settles nothing (spec/dispatch.md, "Reply").
 */
import { encodeCbor } from '../../promisebase/index.ts'
import { REFUSALS } from '../errors.ts'
import { signMessage } from '../message/compose.ts'
import type { CID } from 'multiformats/cid'
import type { CryptoProvider } from '../../promisebase/index.ts'
import type { Refusal, RefusalCode } from '../errors.ts'
import type { Executed, Message, MessageForm, Outcome, SignedPromise, Signer } from '../interface.ts'
import type { Limits } from '../limits.ts'
import type { MessageFields } from '../message/compose.ts'

/** What replies are made with. */
export interface ReplyContext {
  readonly crypto: CryptoProvider
  readonly signer: Signer
  readonly grid: CID
  readonly limits: Limits
  readonly now: number
}

/** How long a reply may be shown as fresh. */
const REPLY_SECONDS = 3_600
const REPLY_METHOD = 'reply'
/** Names that a sender or a handler chose can be long; what it is told of them need not be. */
const DETAIL_BYTES_MAX = 1_000
const utf8 = new TextEncoder()
const utf8Text = new TextDecoder()

/** The outcome of a call that was kept; short results travel in it. */
export function keptOutcome(executed: Executed, limits: Limits): Outcome {
  const { cid, bytes } = executed.result
  return {
    status: 'kept',
    fuel: executed.fuel,
    result: bytes.length <= limits.inlineBytes ? { cid, bytes } : { cid },
    ...(executed.receipt === undefined ? {} : { receipt: executed.receipt }),
  }
}

/** What a sender whose chain is proved learns of a refusal: its code, link and rule, never our internals. */
export function refusedOutcome(refusal: Refusal): Exclude<Outcome, { readonly status: 'kept' }> {
  const { says, fix, stage } = REFUSALS[refusal.code]
  const where = [refusal.link === undefined ? undefined : `link ${refusal.link}`, refusal.rule].filter(
    (part) => part !== undefined,
  )
  const detail = stage === 'any' ? says : [says, refusal.detail, ...where].join('; ')
  return {
    status: statusOf(refusal.code),
    code: refusal.code,
    detail: cutDetail(`${detail}. Fix: ${fix}`),
  }
}

function statusOf(code: RefusalCode): 'refused' | 'expired' | 'broken' | 'already-seen' {
  if (code === 'EXPIRED') return 'expired'
  if (code === 'REVOKED') return 'broken'
  return code === 'REPLAY' ? 'already-seen' : 'refused'
}

/** At most so many bytes, in whole letters: half a surrogate pair could not be encoded. */
export function cutDetail(text: string): string {
  return utf8Text.decode(utf8.encode(text).subarray(0, DETAIL_BYTES_MAX))
}

/** A signed reply to `message`, written in the form it came in: its sender is known to read that one. */
export function replyTo(message: Message, outcome: Outcome, context: ReplyContext): Uint8Array {
  const { form, protocol, id, claims } = message
  return signReply({ form, protocol, audience: claims.issuer, inReplyTo: id }, outcome, context)
}

/** The word that ends a promise: a reply to the promise itself (spec/promise.md, "Resolution"). */
export function resolutionOf(
  promise: SignedPromise,
  form: MessageForm,
  outcome: Outcome,
  context: ReplyContext,
): Uint8Array {
  const { protocol, audience, id } = promise
  return signReply({ form, protocol, audience, inReplyTo: id }, outcome, context)
}

function signReply(
  to: Pick<MessageFields, 'protocol' | 'audience'> & { readonly form: MessageForm; readonly inReplyTo: CID },
  outcome: Outcome,
  { crypto, signer, grid, now }: ReplyContext,
): Uint8Array {
  return signMessage(crypto, signer, {
    form: to.form,
    protocol: to.protocol,
    grid,
    audience: to.audience,
    issuedAt: now,
    expires: now + REPLY_SECONDS,
    method: REPLY_METHOD,
    capabilities: [],
    inReplyTo: to.inReplyTo,
    outcome,
  })
}

/** `["grid-refused", SHA-256 of the received bytes, code]`: a hint for whoever sent these bytes. */
export function unsignedRefusal(crypto: CryptoProvider, received: Uint8Array, refusal: Refusal): Uint8Array {
  return encodeCbor(['grid-refused', crypto.sha256(received), REFUSALS[refusal.code].public])
}
