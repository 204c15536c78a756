/**
 * A grid to attack: one node in memory, founded by root, with the people of every test. Time stands still
 * until a test moves it, timers fire when a test fires them, and randomness is seeded.
 */
import { CODEC, createMemoryBackend, createStore } from '../../promisebase/index.ts'
import { builtinHandlers } from '../../handlers/index.ts'
import { createNativeRuntime } from '../../runtimes/native/index.ts'
import { nodeCrypto } from '../../runtimes/host/index.ts'
import {
  composeMessage,
  createGenesis,
  createKernel,
  createKeySetSigner,
  createKeyRing,
  createSigner,
  encodeDescriptor,
  issueToken,
  joinGrid,
  nativeCode,
  nativeDescriptor,
  readReply,
} from '../index.ts'
import type { CID } from 'multiformats/cid'
import type { Backend, CryptoProvider, SignatureAlgorithm, Store } from '../../promisebase/index.ts'
import type {
  Capability,
  CapabilityTerms,
  ComposedMessage,
  Kernel,
  Limits,
  MessageFields,
  NativeHandler,
  Outcome,
  PendingRequest,
  Powers,
  Resource,
  Runtime,
  Signer,
  TraceEvent,
} from '../index.ts'

/** Where every test begins: some second in 2026. */
export const START = 1_780_000_000

export interface GridOptions {
  readonly crypto?: CryptoProvider
  readonly handlers?: readonly NativeHandler[]
  readonly runtimes?: readonly Runtime[]
  readonly limits?: Partial<Limits>
  readonly backend?: Backend
  readonly roots?: readonly Signer[]
  readonly node?: Signer
  readonly threshold?: number
  readonly trace?: (event: TraceEvent) => void
  readonly trusts?: Powers['trusts']
}

/** What came back, read as its sender reads it. */
export type Answer =
  | { readonly signed: true; readonly outcome: Outcome; readonly code: string }
  | { readonly signed: false; readonly code: string }

/** What a test says about a message; the rest is what an honest alice would say. */
export interface Request extends Partial<Omit<MessageFields, 'capabilities'>> {
  readonly as?: Signer
  readonly chain?: readonly (Capability | CID | Uint8Array)[]
}

/** What a test says about a token; the rest is all of echo, for an hour, without caveats. */
export interface Terms extends Partial<Omit<CapabilityTerms, 'parent'>> {
  readonly by?: Signer
  readonly parent?: Capability | CID | null
}

export type Grid = Awaited<ReturnType<typeof foundGrid>>

/** Every byte of randomness follows from the seed; everything else is Node's own cryptography. */
export function seededCrypto(seed = 'promisegrid', base: CryptoProvider = nodeCrypto): CryptoProvider {
  let block = base.sha256(new TextEncoder().encode(seed))
  const random = (length: number): Uint8Array => {
    const bytes = new Uint8Array(length)
    for (let at = 0; at < length; at += 32) {
      block = base.sha256(block)
      bytes.set(block.subarray(0, length - at), at)
    }
    return bytes
  }
  return { ...base, random }
}

/** The same person in every test: the secret is the hash of the name. */
export function person(name: string, algorithm: SignatureAlgorithm = 'Ed25519'): Signer {
  return createSigner(nodeCrypto, algorithm, nodeCrypto.sha256(new TextEncoder().encode(`person ${name}`)))
}

/** A person of two keys, Ed25519 and ML-DSA-65, who is their set. */
export function hybrid(name: string): Signer {
  const secret = (part: string): Uint8Array =>
    nodeCrypto.sha256(new TextEncoder().encode(`person ${name}${part}`))
  return createKeySetSigner(nodeCrypto, [
    { algorithm: 'Ed25519', secret: secret('') },
    { algorithm: 'ML-DSA-65', secret: secret(' ML-DSA') },
  ])
}

export const people = {
  node: person('node'),
  root: person('root'),
  alice: person('alice'),
  bob: person('bob'),
  mallory: person('mallory'),
  /** The one who signs with P-256. */
  carol: person('carol', 'ESP256'),
}

/** A clock that stands still, and timers that fire when they are told to. */
export function createTime() {
  const timers = new Set<() => void>()
  const time = {
    now: START,
    /** Fires every timer that is waiting. */
    fire: (): void => {
      for (const fire of [...timers]) fire()
    },
    get waiting(): number {
      return timers.size
    },
  }
  const timer = (_ms: number, fire: () => void): (() => void) => {
    timers.add(fire)
    return () => timers.delete(fire)
  }
  return { time, powers: { clock: () => time.now * 1_000, monotonic: () => 0, timer } }
}

export async function foundGrid(options: GridOptions = {}) {
  const crypto = options.crypto ?? seededCrypto()
  const handlers = [...builtinHandlers, ...(options.handlers ?? [])]
  const { root, alice } = people
  const node = options.node ?? people.node
  const roots = options.roots ?? [root]
  const { time, powers } = createTime()
  const backend = options.backend ?? createMemoryBackend()
  const store = await createStore({ backend, crypto })
  const keys = createKeyRing(crypto)
  if (node.keySet !== undefined) keys.learn(node.keySet)
  const genesis = createGenesis(crypto, keys, {
    name: 'test',
    created: START,
    nonce: crypto.random(16),
    roots: roots.map(({ principal }) => principal),
    threshold: options.threshold ?? 1,
  })
  await joinGrid(store, genesis)
  const protocols = await deploy(store, crypto, handlers)
  const runtimes = [createNativeRuntime(handlers), ...(options.runtimes ?? [])]
  const open = (limits = options.limits, over: Store = store): Promise<Kernel> =>
    createKernel({
      ...powers,
      store: over,
      crypto,
      signer: node,
      runtimes,
      ...(limits === undefined ? {} : { limits }),
      ...(options.trace === undefined ? {} : { trace: options.trace }),
      ...(options.trusts === undefined ? {} : { trusts: options.trusts }),
    })
  let kernel = await open()
  const adoption = await kernel.adopt(root.principal)
  const protocol = (name: string): CID => {
    const cid = protocols.get(name)
    if (cid === undefined) throw new TypeError(`no handler ${name}`)
    return cid
  }

  /** A token by root to alice, unless the terms say otherwise. */
  const grant = ({ by = root, parent = adoption, ...terms }: Terms = {}): Capability =>
    issueToken(crypto, keys, by, {
      grid: genesis.cid,
      holder: alice.principal,
      resource: { kind: 'code', protocol: protocol('echo') },
      methods: ['*'],
      caveats: {},
      expires: time.now + 3_600,
      ...terms,
      ...(parent === null ? {} : { parent: 'id' in parent ? parent.id : parent }),
    })

  /** A message by alice to echo, unless the request says otherwise. */
  const compose = ({ as = alice, chain = [grant()], ...fields }: Request = {}): ComposedMessage =>
    composeMessage(crypto, as, {
      protocol: protocol('echo'),
      grid: genesis.cid,
      audience: node.principal,
      issuedAt: time.now,
      expires: time.now + 60,
      method: 'echo',
      capabilities: chain.map((link) => ('holder' in link ? link.bytes : link)),
      ...fields,
    })

  const read = (
    sent: Pick<PendingRequest, 'bytes' | 'id'>,
    reply: Uint8Array,
    as: Signer = alice,
  ): Answer => {
    const pending = { ...sent, grid: genesis.cid, sender: as.principal, executors: [node.principal] }
    const result = readReply(crypto, keys, pending, reply)
    if (result.refused !== undefined) throw new Error(`unreadable reply: ${result.refused.detail}`)
    if (!result.ok.signed) return { signed: false, code: result.ok.code }
    const { outcome } = result.ok
    return { signed: true, outcome, code: 'code' in outcome ? outcome.code : outcome.status }
  }

  const send = async (request: Request | ComposedMessage = {}, as?: Signer): Promise<Answer> => {
    const sent = 'bytes' in request ? request : compose(request)
    const sender = as ?? ('bytes' in request ? alice : (request.as ?? alice))
    return read(sent, await kernel.dispatch(sent.bytes), sender)
  }

  return {
    crypto,
    keys,
    store,
    backend,
    genesis,
    grid: genesis.cid,
    time,
    runtimes,
    adoption,
    protocol,
    grant,
    compose,
    read,
    send,
    ...people,
    node,
    get kernel() {
      return kernel
    },
    /** What a crash leaves: the same store, everything in memory gone. */
    restart: async (limits?: Partial<Limits>): Promise<void> => {
      await kernel.close()
      kernel = await open(limits)
    },
    /** A further kernel of the same node, as another process has it, over its own opening of a shared store. */
    beside: async (other: Backend): Promise<Kernel> =>
      open(options.limits, await createStore({ backend: other, crypto })),
    /** Every key and value of the store, as one hash: what "no state change" means. */
    fingerprint: () => fingerprint(backend, crypto),
    space: (name: string, prefix = ''): Resource => ({
      kind: 'space',
      owner: node.principal,
      space: name,
      prefix: new TextEncoder().encode(prefix),
    }),
  }
}

async function deploy(
  store: Store,
  crypto: CryptoProvider,
  handlers: readonly NativeHandler[],
): Promise<ReadonlyMap<string, CID>> {
  return store.transact((transaction) => {
    const protocols = new Map<string, CID>()
    for (const handler of handlers) {
      transaction.putBlock(nativeCode(handler), CODEC.raw)
      const descriptor = encodeDescriptor(nativeDescriptor(crypto, handler))
      protocols.set(handler.name, transaction.putBlock(descriptor, CODEC.dagCbor))
    }
    return protocols
  })
}

async function fingerprint(backend: Backend, crypto: CryptoProvider): Promise<string> {
  const snapshot = backend.snapshot()
  try {
    let digest = new Uint8Array(32)
    for await (const [key, value] of snapshot.range({})) {
      const parts = [digest, crypto.sha256(key), crypto.sha256(value)]
      digest = Uint8Array.from(crypto.sha256(Uint8Array.from(parts.flatMap((part) => [...part]))))
    }
    return Buffer.from(digest).toString('hex')
  } finally {
    snapshot.close()
  }
}
