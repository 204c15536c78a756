/** A node in the state a vector describes: a kernel on a store in memory, through public names alone. */
import {
  createGenesis,
  createKernel,
  createKeyRing,
  createSigner,
  joinGrid,
  readGenesis,
} from 'promisegrid/kernel'
import { createMemoryBackend, createStore, nobleCrypto, parseCid } from 'promisegrid/promisebase'
import { createNativeRuntime } from 'promisegrid/runtimes/native'
import { createWasiRuntime } from 'promisegrid/runtimes/wasi'
import { builtinHandlers } from 'promisegrid/handlers'
import { unhex } from './json.ts'
import { remembering } from './remembering.ts'
import type { Backend } from 'promisegrid/promisebase'
import type { GenesisBlock, Kernel, KeyRing, Limits, Runtime } from 'promisegrid/kernel'
import type { AskedStep, Hex, Scenario } from '../vectors.ts'

/** The cryptography of a browser, or that of Node where PROMISEGRID_CRYPTO=node: both have to be right. */
export const crypto = remembering(
  process.env['PROMISEGRID_CRYPTO'] === 'node' ? (await import('promisegrid')).nodeCrypto : nobleCrypto,
)
export const keys = createKeyRing(crypto)

/** A ring that has learnt the key sets a vector shows. */
export function ringOf(keySets: readonly Hex[] = []): KeyRing {
  if (keySets.length === 0) return keys
  const ring = createKeyRing(crypto)
  for (const set of keySets) {
    const learnt = ring.learn(unhex(set))
    if (learnt.refused !== undefined) throw new Error(`key set: ${learnt.refused.detail}`)
  }
  return ring
}

type NodeState = Omit<Scenario<AskedStep>, 'steps'>

/** A clock that shows what it is told to. */
export interface SetClock {
  seconds: number
}

/** @throws {Error} when the vector describes no node: its genesis, a record, block or token is not accepted */
export async function openNode(
  state: NodeState,
  clock: SetClock,
  backend: Backend = createMemoryBackend(),
): Promise<Kernel> {
  const store = await createStore({ backend, crypto })
  await joinGrid(store, genesisOf(state.genesis))
  await store.transact((transaction) => {
    for (const { cid, bytes } of state.blocks) {
      const parsed = parseCid(cid)
      if (parsed.refused !== undefined) throw new Error(`block ${cid}: ${parsed.refused.detail}`)
      transaction.putBlockAs(parsed.ok, unhex(bytes))
    }
  })
  const kernel = await createKernel({
    store,
    crypto,
    signer: createSigner(crypto, state.node.algorithm, unhex(state.node.secret)),
    clock: () => clock.seconds * 1_000,
    monotonic: () => performance.now(),
    timer: (ms, fire) => {
      const timer = setTimeout(fire, ms)
      return () => clearTimeout(timer)
    },
    runtimes: state.runtimes.map(runtimeOf),
    limits: (state.limits ?? {}) as Partial<Limits>,
  })
  for (const set of state.keySets ?? []) {
    const admitted = await kernel.admitKeySet(unhex(set))
    if (admitted.refused !== undefined) throw new Error(`key set: ${admitted.refused.detail}`)
  }
  for (const record of state.policy ?? []) {
    const accepted = await kernel.acceptPolicy(record.map(unhex))
    if (accepted.refused !== undefined) throw new Error(`policy: ${accepted.refused.detail}`)
  }
  for (const token of state.tokens) {
    const kept = await kernel.keepToken(unhex(token))
    if (kept.refused !== undefined) throw new Error(`token: ${kept.refused.detail}`)
  }
  return kernel
}

function genesisOf(input: Hex): GenesisBlock {
  const genesis = readGenesis(keys, unhex(input))
  if (genesis.refused !== undefined) throw new Error(`genesis: ${genesis.refused.detail}`)
  return createGenesis(crypto, keys, genesis.ok)
}

function runtimeOf(kind: 'native' | 'wasi'): Runtime {
  return kind === 'native' ? createNativeRuntime(builtinHandlers) : createWasiRuntime()
}
