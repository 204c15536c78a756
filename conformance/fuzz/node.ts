/**
 * A node to send bytes to: a kernel on a store in memory, with a clock that stands still and a backend that
 * counts what is written. One grid, founded by root; alice may call every method of echo.
 */
import { nodeCrypto } from 'promisegrid'
import { builtinHandlers } from 'promisegrid/handlers'
import {
  composeMessage,
  createGenesis,
  createKernel,
  createKeyRing,
  createSigner,
  encodeDescriptor,
  issueToken,
  joinGrid,
  nativeCode,
  nativeDescriptor,
} from 'promisegrid/kernel'
import { CODEC, createMemoryBackend, createStore, nobleCrypto, signMlDsa } from 'promisegrid/promisebase'
import { createNativeRuntime } from 'promisegrid/runtimes/native'
import { Random } from './random.ts'
import type { Capability, CapabilityTerms, ComposedMessage, MessageFields, Signer } from 'promisegrid/kernel'
import type { Backend, CryptoProvider, SignatureAlgorithm } from 'promisegrid/promisebase'

/** Some second in 2026. */
export const NOW = 1_780_000_000

/** Where nonces come from: the randomness of the input being made. */
let source = new Random(0, 0)

/** From here on every nonce follows from this randomness, so that an input can be made again by itself. */
export function drawFrom(random: Random): void {
  source = random
}

/** Node's own, but for what would differ from run to run: nonces, and signatures that are hedged. */
export const crypto: CryptoProvider = { ...nodeCrypto, random: (length) => source.bytes(length), sign }

function sign(algorithm: SignatureAlgorithm, secret: Uint8Array, message: Uint8Array): Uint8Array {
  switch (algorithm) {
    case 'ML-DSA-44':
    case 'ML-DSA-65':
    case 'ML-DSA-87':
      return signMlDsa(algorithm, secret, message, new Uint8Array(32))
    default:
      return (algorithm === 'ESP256' ? nobleCrypto : nodeCrypto).sign(algorithm, secret, message)
  }
}

export const keys = createKeyRing(crypto)

export const people = {
  node: person('node'),
  root: person('root'),
  alice: person('alice'),
  carol: person('carol', 'ESP256'),
}

/** Codes that say that this node failed, and not the message. */
const FAULTS: readonly string[] = ['INTERNAL', 'STORE', 'INDETERMINATE', 'CONFLICT']

export type Node = Awaited<ReturnType<typeof openNode>>

export async function openNode() {
  const { backend, writes } = watched(createMemoryBackend())
  const store = await createStore({ backend, crypto })
  const { node, root, alice } = people
  const genesis = createGenesis(crypto, keys, {
    name: 'fuzz',
    created: NOW,
    nonce: new Uint8Array(16),
    roots: [root.principal],
    threshold: 1,
  })
  await joinGrid(store, genesis)
  const echo = await store.transact((transaction) => {
    const handler = builtinHandlers.find(({ name }) => name === 'echo')
    if (handler === undefined) throw new Error('there is no handler echo')
    transaction.putBlock(nativeCode(handler), CODEC.raw)
    return transaction.putBlock(encodeDescriptor(nativeDescriptor(crypto, handler)), CODEC.dagCbor)
  })
  const faults: string[] = []
  const kernel = await createKernel({
    store,
    crypto,
    signer: node,
    clock: () => NOW * 1_000,
    monotonic: () => 0,
    timer: () => () => undefined,
    runtimes: [createNativeRuntime(builtinHandlers)],
    trace: ({ code, detail }) => {
      if (code !== undefined && FAULTS.includes(code)) faults.push(`${code}: ${detail}`)
    },
  })
  const adoption = await kernel.adopt(root.principal)
  const grant = (terms: Partial<CapabilityTerms> = {}, by: Signer = root): Capability =>
    issueToken(crypto, keys, by, {
      grid: genesis.cid,
      holder: alice.principal,
      resource: { kind: 'code', protocol: echo },
      methods: ['*'],
      caveats: {},
      expires: NOW + 3_600,
      parent: adoption.id,
      ...terms,
    })
  const capability = grant()
  const compose = (fields: Partial<MessageFields> = {}, as: Signer = alice): ComposedMessage =>
    composeMessage(crypto, as, {
      protocol: echo,
      grid: genesis.cid,
      audience: node.principal,
      issuedAt: NOW,
      expires: NOW + 60,
      method: 'echo',
      capabilities: [capability.bytes],
      ...fields,
    })
  return { kernel, store, writes, faults, grid: genesis.cid, echo, adoption, grant, compose }
}

/** The same person in every run: the secret is the hash of the name. */
function person(name: string, algorithm: 'Ed25519' | 'ESP256' = 'Ed25519'): Signer {
  return createSigner(crypto, algorithm, crypto.sha256(new TextEncoder().encode(`person ${name}`)))
}

function watched(backend: Backend): { readonly backend: Backend; readonly writes: () => number } {
  let batches = 0
  const batch: Backend['batch'] = (writes, options) => {
    batches += 1
    return backend.batch(writes, options)
  }
  return {
    backend: { name: backend.name, snapshot: () => backend.snapshot(), batch, close: () => backend.close() },
    writes: () => batches,
  }
}
