/** Promises made instead of an answer. */
import type { CID } from 'multiformats/cid'
import type { Result } from '../errors.ts'
import type { Principal } from './principals.ts'

/** A promise made instead of an answer; only {@link HandlerPromises.defer} makes one. */
export interface Deferred {
  readonly promise: CID
}

/** What a handler says about a promise it makes. */
export interface DeferTerms {
  /** From now; when it is not resolved by then, it has expired. */
  readonly seconds: number
  /**
   * The complete bytes of a promise of somebody else that is passed on: how that one ends decides this one, and
   * the handler does not. Not beside conditions.
   */
  readonly wraps?: Uint8Array
  /** Promises of this node that must be kept first; when one is not, this one is refused. */
  readonly conditions?: readonly CID[]
}

/** Promises of one handler: it can resolve those that it made, in whatever call (spec/promise.md). */
export interface HandlerPromises {
  /** To be returned as the answer of this call, which can make one promise. */
  defer(terms: DeferTerms): Deferred
  keep(promise: CID, output: Uint8Array): Promise<Result<true>>
  break(promise: CID, detail: string): Promise<Result<true>>
}

/** A promise made instead of an answer, as its node signed it (spec/promise.md, "Promise"). */
export interface SignedPromise {
  readonly id: CID
  readonly bytes: Uint8Array
  /** The node that promises, its own behaviour and nobody else's. */
  readonly issuer: Principal
  /** To whom: the sender of the request. */
  readonly audience: Principal
  readonly issuedAt: number
  /** First second after it: by then it is resolved, or has expired. */
  readonly expires: number
  readonly grid: CID
  /** Id of the message it answers. */
  readonly request: CID
  /** Who can resolve it: the handler of this protocol_cid. */
  readonly protocol: CID
  readonly wraps?: CID
  readonly conditions?: readonly CID[]
}
