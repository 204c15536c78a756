/**
 * How messages ended, by their id, for those that build on them. In memory, as far as it reaches: the same bytes
 * sent again bring an outcome back, for their reply is in the store or can be computed again. Only who asked is
 * told; a message of somebody else is as unknown to him as one that never was (spec/dispatch.md, "Future").
 */
import { BoundedMap, cidKey } from '../../promisebase/index.ts'
import { refuse } from '../errors.ts'
import { readEnvelope } from '../message/envelope.ts'
import { readMessageClaims } from '../message/message-claims.ts'
import type { CID } from 'multiformats/cid'
import type { Result } from '../errors.ts'
import type { MessageClaims, Outcome, Principal, Value } from '../interface.ts'

export class Outcomes {
  /** The signed replies themselves, which the memo of replies holds as well. */
  readonly #replies: BoundedMap<string, Uint8Array>

  constructor(entriesMax: number) {
    this.#replies = new BoundedMap(entriesMax)
  }

  note(message: CID, reply: Uint8Array): void {
    this.#replies.set(cidKey(message), reply)
  }

  forgetAll(): void {
    this.#replies.clear()
  }

  /** The result of a message of `issuer`. */
  valueOf(message: CID, issuer: Principal): Result<Value> {
    const reply = this.#replies.get(cidKey(message))
    const claims = reply === undefined ? undefined : claimsOf(reply)
    if (claims?.outcome === undefined || claims.audience !== issuer)
      return refuse('PENDING', `the outcome of ${message.toString()} is not known here`)
    const { outcome } = claims
    if (outcome.status === 'deferred')
      return refuse('PENDING', `${message.toString()} was answered with a further promise`)
    if (outcome.status !== 'kept')
      return refuse('UPSTREAM', `${message.toString()} ended with ${outcome.code}`)
    const { cid, bytes } = outcome.result
    return { ok: bytes === undefined ? { cid } : { bytes } }
  }
}

/** The outcome in a reply of this node. */
export function outcomeIn(reply: Uint8Array): Outcome {
  const outcome = claimsOf(reply)?.outcome
  if (outcome === undefined) throw new TypeError('not a reply')
  return outcome
}

function claimsOf(reply: Uint8Array): MessageClaims | undefined {
  const envelope = readEnvelope(reply)
  return envelope.refused === undefined ? readMessageClaims(envelope.ok.claims).ok : undefined
}
