/** What a handler is handed with its call: nothing else is in its reach. */
import type { CID } from 'multiformats/cid'
import type { Result } from '../errors.ts'
import type { Budget, Grant, Resource } from './grants.ts'
import type { NestedMessage } from './messages.ts'
import type { Deferred, HandlerPromises } from './promises.ts'
import type { HandlerRevocations } from './revocations.ts'

/** What a handler may reach of the store: exactly the resource of its message, in one transaction. */
export interface HandlerState {
  readonly resource: Resource
  getBlock(cid: CID): Promise<Uint8Array | undefined>
  putBlock(bytes: Uint8Array, codec?: number): CID
  /** Keys outside the granted prefix are refused with `FORBIDDEN`. */
  get(key: Uint8Array): Promise<Uint8Array | undefined>
  put(key: Uint8Array, value: Uint8Array): void
  delete(key: Uint8Array): void
  range(range: {
    readonly prefix: Uint8Array
    /** Only keys that come behind this one: the last of a page that was read before. */
    readonly after?: Uint8Array
    readonly limit: number
  }): AsyncIterable<{ key: Uint8Array; value: Uint8Array }>
}

/** A call of another handler by a handler, with a chain that its own message lends it. */
export interface HandlerCall {
  /** Index among the chains that are lent, from 0. */
  readonly capability: number
  readonly protocol: CID
  readonly method: string
  readonly input?: Uint8Array
  readonly resource?: Resource
  /** Entries of the own table that are lent on; one whose last link is final cannot be. */
  readonly lend?: readonly number[]
  /** Less than what is left of the own budget. */
  readonly budget?: Budget
}

/** What a handler can do to others, in this call only: as much as its message lends. */
export interface HandlerAuthority {
  /** How many chains are lent: those of the claim `table`, or of {@link HandlerCall.lend}. */
  readonly size: number
  /** Work of the handlers that were called so far: it counts against the budget of this call. */
  readonly fuel: number
  /** What a lent chain grants, once it is proved; SHAPE for an index that is not in the table. */
  grant(capability: number): Promise<Result<Grant>>
  /**
   * Runs another handler in the transaction of the message; its work counts against the budget of this call. What
   * is refused before it runs is a value; what fails while it runs, having changed something, ends the whole message.
   */
  call(request: HandlerCall): Promise<Result<Uint8Array>>
}

/** One call as a native handler sees it: no way to anything but what is in it. */
export interface NativeCall {
  readonly method: string
  readonly input: Uint8Array
  readonly context: Uint8Array
  /** State this message grants; absent for a pure handler. */
  readonly state?: HandlerState
  /** Calls of other handlers, with what this message lends; absent for a pure handler. */
  readonly authority?: HandlerAuthority
  /**
   * Reads a message that came as arguments, and those nested in it, outermost first: who signed what. None of
   * them gains any authority by it.
   */
  readMessage(bytes: Uint8Array): Promise<Result<readonly NestedMessage[]>>
  /** What this handler has promised, and may promise; absent for a pure handler. */
  readonly promises?: HandlerPromises
  /**
   * The signed resolution of a promise that was made to the sender of this message, by whatever handler of this
   * node; PENDING while there is none. Only for a handler that imports `promise.outcome`.
   */
  outcomeOf?(promise: CID): Promise<Result<Uint8Array>>
  /** What this node knows of promises taken back. Only for a handler that imports `revocation.accept`. */
  readonly revocations?: HandlerRevocations
  readonly signal: AbortSignal
}

/** A handler that is part of the host program. It is called after the same checks as any other. */
export interface NativeHandler {
  readonly name: string
  /** Raised with every change of behaviour: name and version are its code. */
  readonly version: number
  readonly methods: readonly string[]
  readonly pure: boolean
  readonly public: boolean
  readonly limits: Budget
  /** Host functions beyond what every handler has; none without it. */
  readonly imports?: readonly string[]
  /**
   * @throws {HandlerError} for arguments it cannot take
   * @throws {RefusedError} to end with a refusal that it was given itself; anything else it throws is a trap
   */
  run(call: NativeCall): Promise<Uint8Array | Deferred> | Uint8Array | Deferred
}
