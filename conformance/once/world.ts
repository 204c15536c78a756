/**
 * What the process that is killed and the one that kills it both know: one grid, its people, and a handler whose
 * every call shows. Both make it from the same secrets, so nothing has to be handed over but messages.
 */
import { nodeCrypto } from 'promisegrid'
import {
  composeMessage,
  createGenesis,
  createKeyRing,
  createSigner,
  encodeDescriptor,
  HandlerError,
  issueToken,
  nativeCode,
  nativeDescriptor,
} from 'promisegrid/kernel'
import { CODEC, createCid } from 'promisegrid/promisebase'
import type { Capability, ComposedMessage, HandlerState, NativeHandler, Signer } from 'promisegrid/kernel'

export const SPACE = 'tally'
/** Messages share a few counters, so that effects meet in conflicts as well. */
export const SHARED = 4

const HOUR = 3_600

export const crypto = nodeCrypto
export const keys = createKeyRing(crypto)
export const node = person('node')
export const alice = person('alice')
export const genesis = createGenesis(crypto, keys, {
  name: 'once',
  created: 1,
  nonce: new Uint8Array(16),
  roots: [alice.principal],
  threshold: 1,
})

/** Adds one to the counter of its message and to one that many share; tells how often it did the former. */
export const tally: NativeHandler = {
  name: 'tally',
  version: 1,
  methods: ['put'],
  pure: false,
  public: false,
  limits: { memoryBytes: 1024 },
  run: async ({ state, input }) => {
    if (state === undefined || input.length !== 4)
      throw new HandlerError('a number of four bytes, in a space')
    await increment(state, sharedKey((input[3] ?? 0) % SHARED))
    return increment(state, messageKey(input))
  },
}

export const descriptor = encodeDescriptor(nativeDescriptor(crypto, tally))
export const code = nativeCode(tally)
const protocol = createCid(CODEC.dagCbor, crypto.sha256(descriptor))
const resource = {
  kind: 'space',
  owner: node.principal,
  space: SPACE,
  prefix: new Uint8Array(0),
} as const

/** Alice's two promises by the node: one free, one that counts. */
export interface Grants {
  readonly free: Capability
  readonly counting: Capability
}

export function grants(): Grants {
  const terms = {
    grid: genesis.cid,
    holder: alice.principal,
    resource,
    methods: ['put', 'get'],
    expires: seconds() + 12 * HOUR,
    audience: node.principal,
  }
  return {
    free: issueToken(crypto, keys, node, { ...terms, caveats: {} }),
    counting: issueToken(crypto, keys, node, { ...terms, caveats: { total: { calls: 1_000_000 } } }),
  }
}

/** Message number so and so, every other one under the grant that counts. */
export function compose({ free, counting }: Grants, number: number): ComposedMessage {
  return composeMessage(crypto, alice, {
    protocol,
    grid: genesis.cid,
    audience: node.principal,
    issuedAt: seconds(),
    expires: seconds() + 12 * HOUR,
    method: 'put',
    resource,
    arguments: { bytes: numberBytes(number) },
    capabilities: [isCounted(number) ? counting.bytes : free.bytes],
  })
}

export function isCounted(number: number): boolean {
  return number % 2 === 1
}

export function numberBytes(number: number): Uint8Array {
  return Uint8Array.of(number >>> 24, number >>> 16, number >>> 8, number)
}

export function messageKey(number: Uint8Array): Uint8Array {
  return Uint8Array.of(0x6d, ...number)
}

export function sharedKey(index: number): Uint8Array {
  return Uint8Array.of(0x73, index)
}

/** A count of up to four bytes. */
export function readCount(bytes: Uint8Array | undefined): number {
  return [...(bytes ?? [])].reduce((count, byte) => 256 * count + byte, 0)
}

async function increment(state: HandlerState, key: Uint8Array): Promise<Uint8Array> {
  const count = numberBytes(readCount(await state.get(key)) + 1)
  state.put(key, count)
  return count
}

function person(name: string): Signer {
  return createSigner(crypto, 'Ed25519', crypto.sha256(new TextEncoder().encode(`once ${name}`)))
}

function seconds(): number {
  return Math.floor(Date.now() / 1_000)
}
