/**
 * What revocation costs those who were not revoked: one rule, and all of stage 2, for 100,000 tokens, where a
 * million records are known and where there is none. And what the records cost: to be accepted, and to be loaded.
 */
import {
  BoundedMap,
  bytesKey,
  CODEC,
  createCid,
  createMemoryBackend,
  createStore,
  hashBlock,
} from '../../promisebase/index.ts'
import { nodeCrypto } from '../../runtimes/host/index.ts'
import {
  createGenesis,
  createKernel,
  createSigner,
  initialPolicy,
  issueToken,
  joinGrid,
  LIMITS,
  signRevocation,
} from '../index.ts'
import { createStoredKeyRing } from '../message/key-ring.ts'
import { mayBeRevoked } from '../revocation/check.ts'
import { loadRevokedIds } from '../revocation/revocations.ts'
import { RevokedIds } from '../revocation/revoked-ids.ts'
import { retentionKey, SPACE } from '../spaces.ts'
import { authorise } from '../stages/2-authorise.ts'
import { Outcomes } from '../pipeline/outcomes.ts'
import type { Bench, Effort, Rig } from '../../conformance/bench-kit.ts'
import type { CryptoProvider } from '../../promisebase/index.ts'
import type { Capability, Message, Signer } from '../index.ts'

const NOW = 1_800_000_000
const TOKENS = 100_000
const RECORDS = 1_000_000
const LOADED = 20_000
/** Of each of them, where nothing is measured. */
const TINY = 100

const [node, root, alice] = ['node', 'root', 'alice'].map((name) =>
  createSigner(nodeCrypto, 'Ed25519', nodeCrypto.sha256(new TextEncoder().encode(name))),
) as [Signer, Signer, Signer]
/** Tokens whose verdict is remembered are never verified here, so nobody has to sign them for real. */
const unsigned: Signer = {
  ...root,
  keys: root.keys.map(({ publicKey }) => ({ publicKey, sign: () => new Uint8Array(64) })),
}
const crypto: CryptoProvider = nodeCrypto
const protocol = createCid(CODEC.raw, new Uint8Array(32).fill(1))

export const benches: readonly Bench[] = [
  {
    name: 'revocation/check',
    unit: 'chains/s',
    notes: 'the rule alone, three links, 100,000 tokens in turns, 1,000,000 records in memory',
    setup: (effort) => checks(effort, RECORDS),
  },
  {
    name: 'revocation/check-few',
    unit: 'chains/s',
    notes: 'the same where there is one record: without any, nothing is looked for at all',
    setup: (effort) => checks(effort, 1),
  },
  {
    name: 'revocation/authorise',
    unit: 'messages/s',
    notes: 'all of stage 2, verdicts remembered, three links, 100,000 tokens in turns, 1,000,000 records',
    setup: (effort) => authorising(effort, RECORDS),
  },
  {
    name: 'revocation/authorise-empty',
    unit: 'messages/s',
    notes: 'the same without a record',
    setup: (effort) => authorising(effort, 0),
  },
  {
    name: 'revocation/accept',
    unit: 'records/s',
    notes: 'verified, written to a store in memory, one after the other',
    setup: accepting,
  },
  {
    name: 'revocation/load',
    unit: 'ms/start',
    notes: `${LOADED} records from a store in memory, as a kernel reads them when it starts`,
    setup: loading,
  },
]

function many({ tiny }: Effort, count: number): number {
  return tiny === true ? Math.min(count, TINY) : count
}

function known(records: number): RevokedIds {
  const ids = new RevokedIds(crypto.random(16))
  for (let n = 0; n < records; n += 1) ids.add(digestOf(n))
  return ids
}

/** Nothing that a token has. */
function digestOf(n: number): Uint8Array {
  const digest = new Uint8Array(32)
  new DataView(digest.buffer).setUint32(0, Math.imul(n, 2_654_435_761))
  new DataView(digest.buffer).setUint32(4, n)
  return digest
}

async function world(count: number) {
  const store = await createStore({ backend: createMemoryBackend(), crypto })
  const keys = createStoredKeyRing(crypto, () => undefined)
  const genesis = createGenesis(crypto, keys, {
    name: 'bench',
    created: NOW,
    nonce: new Uint8Array(16),
    roots: [root.principal],
    threshold: 1,
  })
  await joinGrid(store, genesis)
  const base = { grid: genesis.cid, methods: ['*'], caveats: {}, expires: NOW + 3_600 }
  const resource = { kind: 'code', protocol } as const
  const first = issueToken(crypto, keys, node, { ...base, resource, holder: root.principal })
  const tokens = Array.from({ length: count }, () =>
    issueToken(crypto, keys, unsigned, {
      ...base,
      resource,
      holder: alice.principal,
      parent: first.id,
    }),
  )
  return { store, keys, genesis, first, tokens }
}

async function checks(effort: Effort, records: number): Promise<Rig> {
  const { first, tokens } = await world(many(effort, TOKENS))
  const ids = known(many(effort, records))
  let at = 0
  return {
    run: (batch) => {
      for (let done = 0; done < batch; done += 1) {
        at = (at + 1) % tokens.length
        if (mayBeRevoked(ids, [first, first, tokens[at] as Capability])) throw new Error('found')
      }
    },
  }
}

async function authorising(effort: Effort, records: number): Promise<Rig> {
  const { store, keys, genesis, first, tokens } = await world(many(effort, TOKENS))
  const verifiedTokens = new BoundedMap<string, Capability>(4 * TOKENS)
  for (const token of [first, ...tokens]) verifiedTokens.set(bytesKey(crypto.sha256(token.bytes)), token)
  keys.read(root.principal)
  const context = {
    ...{ snapshot: store.snapshot(), crypto, keys, verifiedTokens, limits: LIMITS, now: NOW },
    ...{ policy: initialPolicy(genesis.genesis), grid: genesis.cid, node: node.principal },
    ...{
      descriptors: new BoundedMap<string, never>(1),
      wholeCodes: new BoundedMap<string, true>(1),
      runtimes: new Map<never, never>(),
    },
    revocations: { ids: known(many(effort, records)), heartbeats: new Map<string, number>() },
    outcomes: new Outcomes(1),
    trusts: undefined,
  }
  let at = 0
  return {
    run: async (batch) => {
      for (let done = 0; done < batch; done += 1) {
        at = (at + 1) % tokens.length
        const { refused } = await authorise(
          messageWith(genesis.cid, [first, tokens[at] as Capability]),
          context,
        )
        if (refused !== undefined) throw new Error(refused.detail)
      }
    },
    close: () => context.snapshot.close(),
  }
}

/** As stage 1 leaves it. */
function messageWith(grid: Message['grid'], chain: readonly Capability[]): Message {
  const claims = {
    ...{ issuer: alice.principal, audience: node.principal, expires: NOW + 60, issuedAt: NOW },
    ...{ nonce: new Uint8Array(16), method: 'echo', capabilities: chain.map(({ bytes }) => bytes) },
  }
  return {
    form: 'array',
    bytes: new Uint8Array(0),
    id: protocol,
    protocol,
    grid,
    claims,
  } as unknown as Message
}

async function accepting(): Promise<Rig> {
  const { store, genesis } = await world(0)
  const kernel = await createKernel({
    ...{ store, crypto, signer: node, runtimes: [], clock: () => NOW * 1_000, monotonic: () => 0 },
    timer: () => () => undefined,
  })
  let made = 0
  let records: Uint8Array[] = []
  const next = (): Uint8Array => {
    made += 1
    const revoked = hashBlock(crypto.sha256, CODEC.raw, digestOf(made))
    return signRevocation(crypto, root, { grid: genesis.cid, issuedAt: NOW, revoked }).bytes
  }
  return {
    prepare: (batch) => void (records = Array.from({ length: batch }, next)),
    run: async () => {
      for (const bytes of records) {
        const { refused } = await kernel.acceptRevocation(bytes)
        if (refused !== undefined) throw new Error(refused.detail)
      }
    },
    close: () => kernel.close(),
  }
}

async function loading(effort: Effort): Promise<Rig> {
  const records = many(effort, LOADED)
  const store = await createStore({ backend: createMemoryBackend(), crypto })
  for (let from = 0; from < records; from += 1_000) {
    await store.transact((transaction) => {
      for (let n = from; n < Math.min(from + 1_000, records); n += 1) {
        const id = createCid(CODEC.raw, digestOf(n))
        const value = Uint8Array.from([...id.bytes, ...new TextEncoder().encode(root.principal)])
        transaction.put(SPACE.feed, retentionKey(NOW, id), value)
      }
    })
  }
  return {
    run: async (batch) => {
      for (let done = 0; done < batch; done += 1) {
        const ids = new RevokedIds(crypto.random(16))
        const snapshot = store.snapshot()
        await loadRevokedIds(snapshot, ids)
        snapshot.close()
        if (ids.size !== records) throw new Error(`${ids.size} were loaded`)
      }
    },
  }
}
