/** A message: what it says, and how it is answered. */
import type { CID } from 'multiformats/cid'
import type { Resource } from './grants.ts'
import type { Principal } from './principals.ts'

declare const validated: unique symbol

/** Arguments or a result: the bytes themselves, or the CID of a block that holds them. */
export type Value = { readonly bytes: Uint8Array } | { readonly cid: CID }

/** How a call ended, as the reply tells it. */
export type Outcome =
  | {
      readonly status: 'kept'
      /** Always named; the bytes come along when they are short enough. */
      readonly result: { readonly cid: CID; readonly bytes?: Uint8Array }
      readonly fuel: number
      /** Signed by the executor, without a word about the requester; only for pure invocations. */
      readonly receipt?: Uint8Array
    }
  | {
      /** Not yet: a further promise, the complete bytes of which are here, will be kept or not. */
      readonly status: 'deferred'
      readonly promise: Uint8Array
    }
  | {
      readonly status: 'refused' | 'expired' | 'broken' | 'already-seen'
      readonly code: string
      readonly detail?: string
    }

/** A token in a message: its complete bytes, or its id when the node keeps it. */
export type TokenReference = Uint8Array | CID

/** The two ways a message is written: five elements, or the tagged envelope (spec/message.md, "Tagged form"). */
export type MessageForm = 'array' | 'tagged'

/** The claims of a message, decoded; labels and types are in spec/message.md. */
export interface MessageClaims {
  readonly issuer: Principal
  readonly audience: string
  readonly expires: number
  readonly notBefore?: number
  readonly issuedAt: number
  /** cti: 16 to 32 bytes, never used twice by one issuer. */
  readonly nonce: Uint8Array
  readonly method: string
  /** What is acted on when it is not simply the code: see `Resource`. */
  readonly resource?: Resource
  readonly arguments?: Value
  /** Instead of arguments: the id of the message or promise whose result they are. */
  readonly future?: CID
  readonly context?: CID
  /** Complete token bytes, or ids of tokens the node has; from the first delegation to the last. */
  readonly capabilities: readonly TokenReference[]
  /** Chains the sender lends the handler for this one call, beside the one that allows the call. */
  readonly table?: readonly (readonly TokenReference[])[]
  readonly replyTo?: string
  readonly inReplyTo?: CID
  readonly outcome?: Outcome
  /** Asks that a result be kept from others. */
  readonly private?: true
}

/** Made by stage 1 alone: form, limits and signature hold. */
export interface Message {
  readonly [validated]: true
  readonly form: MessageForm
  readonly bytes: Uint8Array
  /** CIDv1 raw sha2-256 of the signed payload. */
  readonly id: CID
  readonly protocol: CID
  readonly grid: CID
  readonly claims: MessageClaims
}

/**
 * A message found inside another: form and signature hold, and nothing else is known of it. It is no
 * {@link Message}: nothing can be authorised, resolved or executed by it.
 */
export interface NestedMessage {
  readonly form: MessageForm
  readonly bytes: Uint8Array
  readonly id: CID
  readonly protocol: CID
  readonly grid: CID
  readonly claims: MessageClaims
}
