/**
 * The contracts of the kernel, types only. A message becomes `Message`, `Authorised`, `Invocation` and
 * `Outcome` in that order; each type is made by one stage alone, so a stage cannot be skipped.
 */
import type { CID } from 'multiformats/cid'

import type { CryptoProvider, PublicKey, Store } from '../promisebase/index.ts'
import type { Refusal, RefusalCode, Result } from './errors.ts'
import type { Limits } from './limits.ts'
import type { MethodType } from './types/handler-types.ts'

// ------------------------------------------------------------------------------------------- principals

/** Who: `did:key:…` of one Ed25519 or P-256 key, or the CID of a key set, as text. */
export type Principal = string

/** One key that can sign. The secret stays behind `sign`. */
export interface SigningKey {
  readonly publicKey: PublicKey
  /**
   * The raw signature over exactly these bytes, as `CryptoProvider` gives it. They are lent, and written over when it
   * has returned: a signer that keeps them keeps a copy.
   */
  sign(bytes: Uint8Array): Uint8Array
}

/** A principal that can sign: with its one key, or with every key of its set. */
export interface Signer {
  readonly principal: Principal
  /** In the order of the key set; exactly one for a did:key. */
  readonly keys: readonly SigningKey[]
  /** The block whose CID the principal is; absent for a did:key. */
  readonly keySet?: Uint8Array
}

// ---------------------------------------------------------------------------------------------- grants

/** What a capability is about (spec/capability.md, "Resource"). */
export type Resource =
  /** Everything the node promises: what an adoption grants. */
  | { readonly kind: 'node'; readonly owner: Principal }
  /** One handler, by exactly the protocol_cid of the message. */
  | { readonly kind: 'code'; readonly protocol: CID }
  /** Keys of a key-value space of the owner that begin with a prefix. */
  | { readonly kind: 'space'; readonly owner: Principal; readonly space: string; readonly prefix: Uint8Array }
  /** Labels of the owner whose name begins with a prefix. */
  | { readonly kind: 'label'; readonly owner: Principal; readonly prefix: string }

/** What one call may use. An absent number is bounded by the host alone. */
export interface Budget {
  /** Metered units of work (spec/handler-abi.md, "Fuel"). */
  readonly fuel?: number
  readonly memoryBytes?: number
  readonly outputBytes?: number
  readonly wallMs?: number
}

/** What constraints compare: the leaves of arguments. */
export type Scalar = string | number | boolean | null | Uint8Array

/** Bounds of a whole number or of a size, both included; at least one is there. */
export interface Interval {
  readonly min?: number
  readonly max?: number
}

/** What one value among the arguments must be: everything that is stated (spec/capability.md, "Arguments"). */
export interface Constraint {
  readonly equals?: Scalar
  readonly oneOf?: readonly Scalar[]
  /** Of a whole number. */
  readonly range?: Interval
  /** Of a text or of bytes. */
  readonly prefix?: string | Uint8Array
  /** Bytes of a text in UTF-8, bytes of a byte string, items of a list, entries of a map. */
  readonly size?: Interval
}

/** Where among the arguments, and what is there. The empty path is the bytes of the arguments themselves. */
export interface ArgumentConstraint {
  readonly path: readonly (string | number)[]
  readonly is: Constraint
}

/** What all uses of a capability together may spend. */
export interface Total {
  readonly calls?: number
  readonly fuel?: number
  readonly outputBytes?: number
}

/** So many calls in each span of so many seconds, counted from 1970. */
export interface Rate {
  readonly calls: number
  readonly seconds: number
}

/** Restrictions a link adds. A caveat that is not one of these refuses the whole chain. */
export interface Caveats {
  readonly budget?: Budget
  /** Sorted by path, each path once. */
  readonly arguments?: readonly ArgumentConstraint[]
  /** Kept by the node in `audience`, which a capability with a total or a rate must name. */
  readonly total?: Total
  readonly rate?: Rate
  /** Nodes that may act under it: sorted, unique. */
  readonly executors?: readonly Principal[]
  /** No capability may be delegated from it. */
  readonly final?: true
  /** How old the news of revocations may be at most, for this promise. */
  readonly feedSeconds?: number
}

/** What a link promises: the part of a capability that may only shrink from link to link. */
export interface Grant {
  readonly resource: Resource
  /** Sorted, unique; `['*']` is every method. */
  readonly methods: readonly string[]
  readonly caveats: Caveats
  /** First second of validity; absent is always. */
  readonly notBefore?: number
  /** First second after validity. */
  readonly expires: number
  /** The one node at which the promise can be claimed, when it names one. */
  readonly audience?: Principal
}

/** A capability token, its form checked and its signature verified. */
export interface Capability extends Grant {
  /** CIDv1 raw sha2-256 of the signed payload: what parents, counters and revocations name. */
  readonly id: CID
  readonly bytes: Uint8Array
  readonly grid: CID
  readonly issuer: Principal
  /** Who may use it: a principal, or whoever has the bytes. */
  readonly holder: Principal | 'bearer'
  readonly parent?: CID
  readonly nonce: Uint8Array
}

// --------------------------------------------------------------------------- the path of one message

declare const validated: unique symbol
declare const authorised: unique symbol
declare const resolved: unique symbol

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

/** Made by stage 2 alone: the sender may do this, here and now. */
export interface Authorised {
  readonly [authorised]: true
  readonly message: Message
  /** The links from the adoption by this node to the sender. */
  readonly chain: readonly Capability[]
  /** What the last link grants, with every budget intersected. */
  readonly grant: Grant
  readonly resource: Resource
  /** The one time sample of this decision, seconds since 1970. */
  readonly now: number
}

/** Found and measured; read only when code is to run on them, for a known result needs their CID alone. */
export interface Arguments {
  readonly cid: CID
  readonly size: number
  read(): Promise<Result<Uint8Array>> | Result<Uint8Array>
}

/** Made by stage 3 alone: what is to run, on what, and within what. */
export interface Invocation {
  readonly [resolved]: true
  readonly authorised: Authorised
  readonly descriptor: Descriptor
  readonly runtime: Runtime
  readonly method: string
  /** What the method takes and gives; absent where any bytes will do. */
  readonly types?: MethodType
  readonly arguments: Arguments
  readonly context: { readonly cid: CID; readonly bytes: Uint8Array }
  readonly budget: Required<Budget>
  /** Present for pure handlers: the CID that names this result everywhere (spec/result-cache.md). */
  readonly cacheKey?: CID
  /** The settings it runs under: {@link Runtime.profile}. */
  readonly profile: { readonly cid: CID; readonly block: Uint8Array }
}

/** Made by stage 4: bytes and fuel of a run that succeeded. */
export interface Ran {
  readonly output: Uint8Array
  readonly fuel: number
  /** What the output names: see {@link RunResult}. */
  readonly blocks?: readonly OutputBlock[]
  /** A promise instead of bytes, which are none then. */
  readonly deferred?: Deferred
}

/** How stage 4 ended; the work is counted either way. */
export type Ended =
  | { readonly ok: Ran; readonly refused?: undefined }
  | { readonly refused: Refusal; readonly fuel: number; readonly ok?: undefined }

/** Made by stage 5: a result with its name. */
export interface Executed {
  readonly result: { readonly cid: CID; readonly bytes: Uint8Array }
  readonly fuel: number
  /** From the result cache, with the receipt that vouches for it. */
  readonly receipt?: Uint8Array
}

/** What came of a pure invocation, and what it cost: known or computed, which cannot be told apart. */
export type Computed =
  | { readonly ok: Executed; readonly refused?: undefined }
  | { readonly refused: Refusal; readonly fuel: number; readonly ok?: undefined }

// -------------------------------------------------------------------------------- handlers and runtimes

export type RuntimeKind = 'native' | 'wasi' | 'container' | 'verifier' | 'vm' | 'process' | 'webgpu'

/** What a protocol_cid names: how to run the handler's code (spec/dispatch.md, "Descriptor"). */
export interface Descriptor {
  readonly runtime: RuntimeKind
  /** CID of the code: a raw block, or a tree of them. */
  readonly code: CID
  /** How the code is entered: for wasi `command` or `reactor`, for native `call`. */
  readonly entry: string
  readonly methods: readonly string[]
  /** The same arguments and context always give the same bytes, with no effect: cacheable. */
  readonly pure: boolean
  /** Host functions the code asks for, beyond what every handler of its kind has. */
  readonly imports: readonly string[]
  /** What the code needs at most; a grant with less refuses before it runs. */
  readonly limits: Budget
  /** Results may be shared with peers when the caller does not object. */
  readonly public: boolean
  readonly name?: string
  /** CID of what its methods take and give, codec dag-cbor (spec/types.md); without it they take and give any bytes. */
  readonly types?: CID
}

/** One call of a handler, all its powers included. */
export interface RuntimeCall {
  readonly protocol: CID
  readonly descriptor: Descriptor
  readonly method: string
  readonly input: Uint8Array
  readonly context: Uint8Array
  readonly budget: Required<Budget>
  /** The code, verified against its CID; asked for only when it is not prepared already. */
  loadCode(): Promise<Uint8Array>
  /**
   * A block by its CID, for inputs that the arguments name: content names itself, so a pure handler may read it.
   * Undefined when it is not on this node. Absent for a runtime that is called without a kernel.
   */
  getBlock?(cid: CID): Promise<Uint8Array | undefined>
  /** See {@link NativeCall.readMessage}; absent for code that has no way to ask. */
  readMessage?(bytes: Uint8Array): Promise<Result<readonly NestedMessage[]>>
  /** State this message grants; absent for a pure handler. */
  readonly state?: HandlerState
  /** Calls of other handlers, with what this message lends; absent for a pure handler. */
  readonly authority?: HandlerAuthority
  /** What this handler has promised, and may promise; absent for a pure handler. */
  readonly promises?: HandlerPromises
  /** See {@link NativeCall.outcomeOf}. */
  outcomeOf?(promise: CID): Promise<Result<Uint8Array>>
  /** See {@link NativeCall.revocations}. */
  readonly revocations?: HandlerRevocations
}

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

/**
 * Revocations by message: what is accepted is kept with the reply to the message, or not at all
 * (spec/capability.md, "By message"). A refusal is an answer, and changes nothing.
 */
export interface HandlerRevocations {
  /** Keeps a record that somebody has signed; its id. The same one again changes nothing. */
  accept(record: Uint8Array): Promise<Result<CID>>
  /** Keeps a heartbeat of a revoker of the grid. */
  acceptHeartbeat(heartbeat: Uint8Array): Promise<Result<true>>
  /** What was here before the call, a page at a time. */
  list(query: RevocationQuery): Promise<RevocationPage>
}

/** Which of the records that are kept are asked for. */
export interface RevocationQuery {
  /** Second from which on records came here; some that came before may be among them. */
  readonly since?: number
  /** Only what comes behind a page: its `next`. */
  readonly after?: Uint8Array
  /** Records of a page at most. */
  readonly limit: number
}

/** Some of the records that are kept, and whether there are more. */
export interface RevocationPage {
  /** Signed records, about in the order in which they came. */
  readonly records: readonly Uint8Array[]
  /** The newest heartbeat of each revoker; on the last page alone, for they name the records. */
  readonly heartbeats: readonly Uint8Array[]
  /** Where the next page begins; absent on the last one. */
  readonly next?: Uint8Array
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

/** A block that an output names, to be stored with it; the kernel names it itself. */
export interface OutputBlock {
  readonly bytes: Uint8Array
  /** A multicodec code. */
  readonly codec: number
}

/** What came of a run: bytes, a promise, or a refusal; the work is counted either way. */
export type RunResult =
  | {
      readonly output: Uint8Array
      readonly fuel: number
      /**
       * Present when the output is itself a dag-cbor block, of at most a block's length, that may name blocks: those
       * that come along are stored with it, and whoever keeps the result keeps them.
       */
      readonly blocks?: readonly OutputBlock[]
      readonly refused?: undefined
    }
  | {
      readonly deferred: Deferred
      readonly fuel: number
      readonly output?: undefined
      readonly refused?: undefined
    }
  | { readonly refused: Refusal; readonly fuel: number; readonly output?: undefined }

/** Whether a run is to end early. */
export interface RunCancel {
  readonly aborted: boolean
  /** Made when it is asked for: it costs as much as a short run. */
  readonly signal: AbortSignal
}

/** One way of running code. It never throws for what the code does: every end is a RunResult. */
export interface Runtime {
  readonly kind: RuntimeKind
  /**
   * The deterministic settings under which this descriptor runs here, as a dag-cbor block. Two nodes with
   * the same profile give the same bytes and the same fuel; its CID is part of the cache key.
   */
  profile(descriptor: Descriptor): Uint8Array
  /** Whether this code could ever run here; called at deploy, before anything is stored. */
  admit(code: Uint8Array, descriptor: Descriptor): Promise<Result<{ readonly imports: readonly string[] }>>
  /** What ends at once needs no promise. */
  run(call: RuntimeCall, cancel: RunCancel): Promise<RunResult> | RunResult
  close?(): Promise<void>
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

// ---------------------------------------------------------------------------------------------- powers

/** How promises of one principal ended (spec/trust.md). */
export interface Counts {
  readonly kept: number
  /** Taken back, or answered in two ways. */
  readonly broken: number
  /** Not given: a non-commitment, and no fault by itself. */
  readonly refused: number
  /** Let pass without an answer. */
  readonly expired: number
}

/** Everything the kernel may touch of the world. There is no other way out of it. */
export interface Powers {
  readonly store: Store
  readonly crypto: CryptoProvider
  /** The node's own identity. */
  readonly signer: Signer
  /** Milliseconds since 1970, UTC. */
  readonly clock: () => number
  /** Milliseconds that only grow: for measuring, never for deciding. */
  readonly monotonic: () => number
  /** Calls `fire` after so many milliseconds, unless the returned function is called before. */
  readonly timer: (ms: number, fire: () => void) => () => void
  readonly runtimes: readonly Runtime[]
  readonly limits?: Partial<Limits>
  /**
   * Whether this node relies on a principal, by how it has kept its word so far: asked of the sender and of every
   * issuer of its chain but the node itself. Without it the ledger is only told of.
   */
  readonly trusts?: (principal: Principal, counts: Counts) => boolean
  /** Receives one event per decision. What it throws is lost, and changes nothing about any outcome. */
  readonly trace?: (event: TraceEvent) => void
}

export type StageName = 'validate' | 'authorise' | 'resolve' | 'execute' | 'cache' | 'reply'

/** One decision of one stage. Never holds a secret or a token. */
export interface TraceEvent {
  readonly stage: StageName
  /** Id of the message, once it has one. */
  readonly message?: string
  readonly decision: 'pass' | 'refused' | 'hit' | 'stored' | 'memo' | 'replayed'
  readonly code?: RefusalCode
  readonly detail?: string
  readonly link?: number
  readonly rule?: string
  /** Wall time of the stage in milliseconds. */
  readonly ms: number
  readonly fuel?: number
}

/** One rule as a dry run found it, for `explain`. */
export interface Check {
  readonly stage: StageName
  readonly rule: string
  readonly link?: number
  readonly pass: boolean
  readonly detail: string
  /** What it is refused with; its row in REFUSALS says what would fix it. */
  readonly code?: RefusalCode
}

/** Collects checks as a stage makes them; a stage works the same without one. */
export type CheckSink = (check: Check) => void
