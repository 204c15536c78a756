/**
 * createHost(): store, kernel, runtimes, handlers and identities wired together; the composition root. A host
 * without a folder lives in memory, one with a folder continues where it was.
 */
import { join } from 'node:path'

import {
  createGenesis,
  createKernel,
  createKeyRing,
  createViews,
  encodeDescriptor,
  joinGrid,
  LIMITS,
  nativeCode,
  nativeDescriptor,
  readForeign,
  storedGrid,
} from '../../kernel/index.ts'
import { builtinHandlers } from '../../handlers/index.ts'
import { CODEC, pin, pins, storeContent, unpin } from '../../promisebase/index.ts'
import { createNativeRuntime } from '../native/index.ts'
import { createIsolatedRuntime } from './isolation/isolated-runtime.ts'
import { createWasiRuntime } from '../wasi/index.ts'
import { branchesOf } from './branches.ts'
import { call, compose, open, send, sendAll } from './call.ts'
import { when } from './call-result.ts'
import { graphOf } from './capability-graph.ts'
import { getContent } from './content.ts'
import { deploy, findHandler, listHandlers } from './deploy.ts'
import { openTyped } from './types/typed-handler.ts'
import { HostError } from './host-error.ts'
import { identitiesOf } from './identities-of.ts'
import { admitKeySet, introduce, learnKeySet } from './key-sets.ts'
import { decryptAs, encryptFor } from './encrypted-content.ts'
import { announce, stateKeys } from './key-statements.ts'
import { openModuleFolder } from './module-folder.ts'
import { nodeCrypto } from './node-crypto.ts'
import { nodePowers } from './node-powers.ts'
import { openStore } from './open-store.ts'
import { promise } from './promise.ts'
import { revoke } from './revoke.ts'
import type { CID } from 'multiformats/cid'
import type {
  Capability,
  CapabilityGraph,
  ComposedMessage,
  Counts,
  ForeignMessage,
  ForeignOptions,
  GrantHandle,
  GenesisBlock,
  Kernel,
  KeptRevocation,
  KeptStatement,
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
import type { AdmissionPolicy, ModuleShelf } from '../wasi/index.ts'
import type { IsolationOptions } from './isolation/isolated-runtime.ts'
import type { HostBranchesOptions } from './branches.ts'
import type { CallRequest } from './call.ts'
import type { CallResult } from './call-result.ts'
import type { CapabilityGraphOptions } from './capability-graph.ts'
import type { DeployOptions } from './deploy.ts'
import type { TypedHandler, TypedMethods, TypedRequest } from './types/typed-handler.ts'
import type { HostParts } from './host-parts.ts'
import type { IdentityAlgorithm, NewIdentity } from './key-secrets.ts'
import type { KeyNews } from './key-statements.ts'
import type { Identity, Keys } from './keys.ts'
import type { PromiseTerms } from './promise.ts'
import type { RevokeTerms } from './revoke.ts'

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
  /** What this host admits of code in WebAssembly, less than the rules allow (spec/handler-abi.md). */
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

/** What a host is wired to that it may share with others (see grids.ts). */
export interface Wiring {
  readonly identities: Keys
  readonly runtimes: readonly Runtime[]
  /** The grid it belongs to: the one of its store; where there is none, a new one of this name, or this one. */
  readonly grid: { readonly found: string } | { readonly join: GenesisBlock } | 'stored'
}

const MODULE_BYTES = 128 * 1024 * 1024

/**
 * @throws {StoreError | HostError} when the data folder cannot be used
 * @throws {TypeError | RangeError} for a passphrase without `data`, and for `moduleBytes` that are no number of bytes
 */
export async function createHost(options: HostOptions = {}): Promise<Host> {
  return assembleHost(options, {
    identities: identitiesOf(nodeCrypto, options),
    runtimes: runtimesOf(options),
    grid: { found: options.gridName ?? 'local' },
  })
}

/** native and wasi, and those of one's own. */
export function runtimesOf(
  options: Pick<HostOptions, 'handlers' | 'runtimes' | 'isolation' | 'data' | 'moduleBytes' | 'admission'>,
): readonly Runtime[] {
  const { isolation, admission } = options
  const shelf = shelfOf(options)
  const shared = { ...(shelf && { shelf }), ...(admission && { admission }) }
  return [
    createNativeRuntime(options.handlers ?? builtinHandlers),
    isolation === undefined
      ? createWasiRuntime({ monotonic: nodePowers().monotonic, ...shared })
      : createIsolatedRuntime({ ...shared, ...isolation }),
    ...(options.runtimes ?? []),
  ]
}

function shelfOf({ data, moduleBytes = MODULE_BYTES }: HostOptions): ModuleShelf | undefined {
  if (!Number.isSafeInteger(moduleBytes) || moduleBytes < 0)
    throw new RangeError('moduleBytes must be a natural number')
  if (data === undefined || moduleBytes === 0) return undefined
  return openModuleFolder(join(data, 'modules'), { bytesMax: moduleBytes })
}

/** A host of these parts; its store is its own. @throws {StoreError | HostError} */
export async function assembleHost(
  options: HostOptions,
  { identities, runtimes, grid }: Wiring,
): Promise<Host> {
  const crypto = nodeCrypto
  const handlers = options.handlers ?? builtinHandlers
  const powers = { ...nodePowers(), ...(options.clock === undefined ? {} : { clock: options.clock }) }
  const now = (): number => Math.floor(powers.clock() / 1_000)
  const store = options.store ?? (await openStore(crypto, options.data))
  try {
    const keys = createKeyRing(crypto)
    const isNew = !(await hasGrid(store))
    if (isNew && grid === 'stored') throw noGrid(options.data)
    const { node, root } = await ownIdentities(identities, isNew)
    for (const { keySet } of [node, root]) if (keySet !== undefined) keys.learn(keySet)
    if (grid !== 'stored' && 'join' in grid) await joinGrid(store, grid.join)
    else if (isNew && grid !== 'stored') await foundGrid(store, crypto, keys, root, grid.found, now())
    const { limits, trace, trusts } = options
    const kernel = await createKernel({
      ...powers,
      store,
      crypto,
      signer: node,
      runtimes,
      ...(limits === undefined ? {} : { limits }),
      ...(trace === undefined ? {} : { trace }),
      ...(trusts === undefined ? {} : { trusts }),
    })
    if (options.acceptClock === true) await kernel.acceptClock()
    const protocols = await deployNative(store, crypto, handlers)
    const introduced = new Set<Principal>()
    const codeBytes = Math.min(limits?.codeBytes ?? LIMITS.codeBytes, LIMITS.codeBytes)
    const parts: HostParts = {
      ...{ kernel, store, crypto, keys, root, protocols, runtimes, identities, introduced },
      ...{ codeBytes, now },
    }
    await introduce(parts, root)
    return hostOf(parts, options)
  } catch (error) {
    await store.close()
    throw error
  }
}

function hostOf(parts: HostParts, options: HostOptions): Host {
  const { kernel, store, crypto, keys, root, identities } = parts
  const views = createViews(options.views)
  const { unknownProtocols: unknown = 'refuse' } = options
  const close = async (): Promise<void> => {
    await kernel.close()
    await store.close()
  }
  return {
    kernel,
    store,
    crypto,
    keys,
    grid: kernel.grid,
    node: kernel.node,
    root,
    identity: async (name, algorithm, making) =>
      introduce(parts, await identities.identity(name, algorithm, making)),
    identities: () => identities.names(),
    look: (name) => identities.look(name),
    admitKeySet: (block) => admitKeySet(parts, block),
    acceptKeyStatement: (bytes) => kernel.acceptKeyStatement(bytes),
    stateKeys: (signer, news) => stateKeys(parts, signer, news),
    announce: (name) => announce(parts, name),
    keyStatement: (principal) => kernel.keyStatement(principal),
    encryptFor: (to, content) => encryptFor(kernel, to, content),
    decryptAs: (name, content) => decryptAs(identities, name, content),
    learnKeySet: (principal) => learnKeySet(parts, principal),
    handler: (name) => findHandler(parts, name),
    handlers: () => listHandlers(parts),
    deploy: (code, deployment) => deploy(parts, code, deployment),
    typed: (protocol, request) => openTyped(parts, protocol, request),
    put: (content) => store.transact((transaction) => storeContent(transaction, content)),
    get: (cid) => getContent(store, cid),
    branches: (merging) => branchesOf(parts, merging),
    promise: (terms) => promise(parts, terms),
    revoke: (terms) => revoke(parts, terms),
    capabilityGraph: (drawing = {}) => graphOf(parts, drawing),
    call: (request) => call(parts, request),
    compose: (request) => compose(parts, request),
    send: (message, signal) => send(parts, message, signal),
    when: (id, options) => when(parts, id, options),
    sendAll: (messages, signal) => sendAll(parts, messages, signal),
    open: (request) => open(parts, request),
    views,
    readForeign: (message, reading) => readForeign(crypto, views, message, { unknown, ...reading }),
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** A store that has a grid belongs to the identities that made it: new ones in their place could do nothing. */
async function ownIdentities(
  identities: Keys,
  isNew: boolean,
): Promise<{ readonly node: Signer; readonly root: Signer }> {
  if (!isNew)
    for (const name of ['node', 'root'])
      if ((await identities.find(name)) === undefined)
        throw new HostError('KEY_FILE', `the identity ${name} of this data folder is lost`, {
          fix: `bring its key file back from a copy; without it, begin anew in another folder`,
        })
  return { node: await identities.identity('node'), root: await identities.identity('root') }
}

function noGrid(data = 'memory'): HostError {
  return new HostError('DATA', `the store in ${data} belongs to no grid`, {
    fix: 'found one there with `grid init`, or restore the folder from a copy',
  })
}

async function hasGrid(store: Store): Promise<boolean> {
  const snapshot = store.snapshot()
  try {
    return (await storedGrid(snapshot)) !== undefined
  } finally {
    snapshot.close()
  }
}

/** Founds a grid in a store without one: its genesis names this host's root. */
async function foundGrid(
  store: Store,
  crypto: CryptoProvider,
  keys: KeyRing,
  root: Signer,
  name: string,
  created: number,
): Promise<void> {
  await joinGrid(
    store,
    createGenesis(crypto, keys, {
      name,
      created,
      nonce: crypto.random(16),
      roots: [root.principal],
      threshold: 1,
    }),
  )
}

/** Whose pins keep the native handlers of the running host, which no label names. */
const NATIVE_OWNER = 'host: native handlers'

async function deployNative(
  store: Store,
  crypto: CryptoProvider,
  handlers: readonly NativeHandler[],
): Promise<Record<string, CID>> {
  return store.transact(async (transaction) => {
    const before = pins(transaction, { owner: NATIVE_OWNER })
    for await (const { cid } of before) await unpin(transaction, cid, NATIVE_OWNER)
    const entries: [string, CID][] = []
    for (const handler of handlers) {
      transaction.putBlock(nativeCode(handler), CODEC.raw)
      const descriptor = encodeDescriptor(nativeDescriptor(crypto, handler))
      const protocol = transaction.putBlock(descriptor, CODEC.dagCbor)
      await pin(transaction, { cid: protocol, owner: NATIVE_OWNER })
      entries.push([handler.name, protocol])
    }
    return Object.fromEntries(entries)
  })
}
