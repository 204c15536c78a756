/** What a host is given, and what it can do; types only. */
import type { CID } from 'multiformats/cid'
import type {
  Capability,
  CapabilityGraph,
  ComposedMessage,
  Counts,
  ForeignMessage,
  ForeignOptions,
  GenesisBlock,
  GrantHandle,
  KeptRevocation,
  KeptStatement,
  Kernel,
  KeyRing,
  KeyStatement,
  Limits,
  NativeHandler,
  Principal,
  Result,
  Runtime,
  SignableView,
  Signer,
  TraceEvent,
  Views,
  WaitOptions,
} from '../../kernel/index.ts'
import type { Branches, CryptoProvider, Store } from '../../promisebase/index.ts'
import type { AdmissionPolicy } from '../wasi/index.ts'
import type { HostBranchesOptions } from './branches.ts'
import type { CallRequest } from './call/call.ts'
import type { CallResult } from './call/result.ts'
import type { CapabilityGraphOptions } from './capability/graph.ts'
import type { PromiseTerms } from './capability/promise.ts'
import type { RevokeTerms } from './capability/revoke.ts'
import type { DeployOptions } from './deploy.ts'
import type { IsolationOptions } from './isolation/isolated-runtime.ts'
import type { Identity, Keys } from './keys/keys.ts'
import type { IdentityAlgorithm, NewIdentity } from './keys/secrets.ts'
import type { KeyNews } from './keys/statements.ts'
import type { TypedHandler, TypedMethods, TypedRequest } from './types/typed-handler.ts'

export interface HostOptions {
  /** Where store and keys are kept; in memory without it. */
  readonly data?: string
  /** Name of the grid this host founds when its store has none. */
  readonly gridName?: string
  /** Native handlers, the built-in ones by default. */
  readonly handlers?: readonly NativeHandler[]
  /** Further runtimes; native and wasi are there always. */
  readonly runtimes?: readonly Runtime[]
  /** Where code in WebAssembly runs; in this thread without it, which bears no code of strangers (spec/isolation.md). */
  readonly isolation?: IsolationOptions
  /** What this host admits of code in WebAssembly, less than the rules allow, wherever it runs (spec/handler-abi.md). */
  readonly admission?: AdmissionPolicy
  /**
   * Bytes of admitted modules that are kept in `data`, for first calls of code that is known; 128 MiB without it, 0 for
   * none.
   */
  readonly moduleBytes?: number
  readonly limits?: Partial<Limits>
  /** How messages of other protocols are signed, protocol by protocol; {@link Host.views} takes more later. */
  readonly views?: Iterable<readonly [protocol: CID, view: SignableView]>
  /** What `readForeign` does with a protocol that has no view: refuse it, as it does without this, or not. */
  readonly unknownProtocols?: ForeignOptions['unknown']
  readonly trace?: (event: TraceEvent) => void
  /** Whether this node relies on a principal, by how it has kept its word so far; on everybody without it. */
  readonly trusts?: (principal: Principal, counts: Counts) => boolean
  /** A store of one's own, on any backend, instead of the one in `data`. It is closed with the host. */
  readonly store?: Store
  /**
   * The passphrase of the key files in `data`, asked for at most once. With it new files are encrypted, and those
   * that are encrypted can be opened; files that are not stay as they are.
   */
  readonly passphrase?: string | (() => Promise<string>)
  /** Where identities are found, instead of `data`. */
  readonly identities?: Keys
  /** Milliseconds since 1970, instead of this machine's clock. */
  readonly clock?: () => number
  /** Accept the clock as it is, also after a jump forward of more than a day. */
  readonly acceptClock?: boolean
}

export interface Host {
  readonly kernel: Kernel
  readonly store: Store
  readonly crypto: CryptoProvider
  readonly keys: KeyRing
  readonly grid: CID
  /** Principal of this node. */
  readonly node: Principal
  /** The root of the grid, when this host founded it; in one that it joined, an identity like others. */
  readonly root: Signer
  /** The identity of this name, made when it is new. */
  identity(name: string, algorithm?: IdentityAlgorithm, making?: NewIdentity): Promise<Signer>
  identities(): Promise<readonly string[]>
  /** Who has this name, without its secret; undefined for nobody. */
  look(name: string): Promise<Identity | undefined>
  /** protocol_cid of a handler by its name: built in, or deployed with it last. */
  handler(name: string): Promise<CID>
  /**
   * Puts the key set of a principal here: it can be verified from now on, and nothing is fetched for a message.
   * The sets of identities of this host are put here by themselves.
   */
  admitKeySet(block: Uint8Array): Promise<Result<Principal>>
  /** Looks for the key set of a principal among identities and in the store, and teaches it to `keys`. */
  learnKeySet(principal: Principal): Promise<void>
  /** Accepts what a principal says about its keys, when it is newer than what is known. */
  acceptKeyStatement(bytes: Uint8Array): Promise<Result<KeyStatement>>
  /** Signs the next statement of an identity about its keys, and accepts it here. */
  stateKeys(signer: Signer, news: KeyNews): Promise<Uint8Array>
  /**
   * The statement of an identity that says where to encrypt to it: signed and accepted here, unless it was before.
   * It is given an encryption key if it has none.
   */
  announce(name: string): Promise<Uint8Array>
  /** The newest accepted statement of a principal. */
  keyStatement(principal: Principal): Promise<KeptStatement | undefined>
  /**
   * Encrypts content to principals whose statements are here. Refused, not thrown: CHAIN for one who names a
   * successor or contradicts himself, LIMIT for too much, KEY for one named twice.
   */
  encryptFor(to: readonly Principal[], content: Uint8Array): Promise<Result<Uint8Array>>
  /** Opens what was encrypted to an identity. KEY when it was to others, SIG when it was changed. */
  decryptAs(name: string, content: Uint8Array): Promise<Result<Uint8Array>>
  /** Every handler that has a name. */
  handlers(): Promise<Readonly<Record<string, CID>>>
  /** Puts code and its descriptor into the store and returns the protocol_cid to call it by. */
  deploy(code: Uint8Array, options?: DeployOptions): Promise<CID>
  /**
   * Calls of a handler that states its types, with values (spec/types.md); `request` holds for all of them.
   * @throws {HostError} MISSING where it states none
   */
  typed<Methods extends TypedMethods<Methods>>(
    protocol: CID,
    request?: TypedRequest,
  ): Promise<TypedHandler<Methods>>
  /** Stores content as blocks; its CID names it in calls. */
  put(content: Uint8Array): Promise<CID>
  /** Content by CID; undefined when a block of it is not here. */
  get(cid: CID): Promise<Uint8Array | undefined>
  /**
   * Branches of the store: histories whose heads are merged. A function that a history names may be a deployed handler
   * that is pure and has the method `merge` (spec/merge.md).
   */
  branches(options?: HostBranchesOptions): Branches
  /** Issues a capability, by the grid's root or by the holder of one it narrows. */
  promise(terms: PromiseTerms): Promise<Capability>
  /** Takes back a capability, and all that was delegated from it; the record can be carried to other nodes. */
  revoke(terms: RevokeTerms): Promise<KeptRevocation>
  /** Who may do what through whom, by the tokens the node keeps and those it is shown. */
  capabilityGraph(options?: CapabilityGraphOptions): Promise<CapabilityGraph>
  /** Signs a message, dispatches it and reads the reply. */
  call(request: CallRequest): Promise<CallResult>
  /** The signed message of a call, not sent. */
  compose(request: CallRequest): Promise<ComposedMessage>
  /** Dispatches a message that is signed already and reads the reply; the same bytes get the same one. */
  send(message: Uint8Array, signal?: AbortSignal): Promise<CallResult>
  /**
   * How a promise of this node ends: now, or when it does; as `settled` of the call it was the answer to. Waiting
   * again after a restart is the same.
   */
  when(promise: CID, options?: WaitOptions): Promise<CallResult>
  /** Dispatches messages in one go, which may build on one another in any order; the results are in theirs. */
  sendAll(messages: readonly Uint8Array[], signal?: AbortSignal): Promise<readonly CallResult[]>
  /** Signs once, for calls in this process that are not signed: see {@link GrantHandle}. */
  open(request: CallRequest): Promise<Result<GrantHandle>>
  /** Where views of other protocols are registered. */
  readonly views: Views
  /** Reads a message of another protocol through its view. What it says is data: no kernel acts on it. */
  readForeign(message: Uint8Array, options?: ForeignOptions): Result<ForeignMessage>
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** What a host is wired to that it may share with others (see grids/grids.ts). */
export interface Wiring {
  readonly identities: Keys
  readonly runtimes: readonly Runtime[]
  /** The grid it belongs to: the one of its store; where there is none, a new one of this name, or this one. */
  readonly grid: { readonly found: string } | { readonly join: GenesisBlock } | 'stored'
}
