/**
 * What a node keeps of its grid: the genesis block it belongs to, the policy records it has seen, and the
 * adoptions it has signed. An adoption is the node's own promise: a grid's root may grant what is mine
 * (spec/capability.md, "Adoption").
 */
import { DAG_CBOR_PROFILE, decodeCbor, StoreError } from '../../promisebase/index.ts'
import { issueToken } from '../capability/token.ts'
import { refuse } from '../errors.ts'
import { revokedLink } from '../revocation/check.ts'
import { equalBytes } from '../message/equal-bytes.ts'
import { learnSets } from '../key-sets.ts'
import { checkPrincipal, createKeyRing } from '../message/key-ring.ts'
import { GENESIS_KEY, idKey, principalKey, SPACE, uint64 } from '../spaces.ts'
import { readGenesis } from './genesis.ts'
import { encodePolicyRecord, forkRefusal, initialPolicy, nextPolicy } from './policy.ts'
import type { CID } from 'multiformats/cid'
import type { CryptoProvider, Snapshot, Store } from '../../promisebase/index.ts'
import type { Refusal, Result } from '../errors.ts'
import type { Capability, Principal, Signer } from '../interface.ts'
import type { Limits } from '../limits.ts'
import type { KeyRing } from '../message/key-ring.ts'
import type { Genesis, GenesisBlock } from './genesis.ts'
import type { GridPolicy } from './policy.ts'
import { readToken } from '../capability/token.ts'

interface Founding {
  readonly crypto: CryptoProvider
  readonly keys: KeyRing
}

type Verifying = Pick<Founding, 'crypto'>

/**
 * Puts a genesis block into the store and makes it the grid of this store.
 * @throws {StoreError} `CONFLICT` when the store belongs to another grid: its records would be worth nothing here
 */
export async function joinGrid(store: Store, block: GenesisBlock): Promise<void> {
  await store.transact(async (transaction) => {
    const joined = await storedGrid(transaction)
    if (joined !== undefined && !equalBytes(joined, block.cid.bytes))
      throw new StoreError('CONFLICT', 'the store belongs to another grid')
    transaction.putBlockAs(block.cid, block.bytes)
    transaction.put(SPACE.grid, GENESIS_KEY, block.cid.bytes)
  })
}

/** The bytes of the CID of the grid this store belongs to; undefined for a store without a grid. */
export async function storedGrid(snapshot: Snapshot): Promise<Uint8Array | undefined> {
  return snapshot.get(SPACE.grid, GENESIS_KEY)
}

/** The genesis of a grid, and its policy after every record in the store. @throws {StoreError} CORRUPT */
export async function readGrid(
  snapshot: Snapshot,
  grid: CID,
  { crypto }: Verifying,
): Promise<{ genesis: Genesis; policy: GridPolicy }> {
  const bytes = await snapshot.getBlock(grid)
  if (bytes === undefined)
    throw new StoreError('CORRUPT', `the genesis block ${grid.toString()} is not in the store`)
  // A ring of its own: what a policy is must not depend on what else this node has seen.
  const keys = createKeyRing(crypto)
  const genesis = readGenesis(keys, bytes)
  if (genesis.refused !== undefined) throw new StoreError('CORRUPT', genesis.refused.detail)
  let policy = initialPolicy(genesis.ok)
  for await (const { value } of snapshot.range(SPACE.policy)) {
    await learnSets(keys, snapshot, policy.roots)
    const next = nextPolicy(crypto, keys, grid, policy, readRecord(value))
    if (next.refused !== undefined)
      throw new StoreError('CORRUPT', `policy ${policy.seq + 1}: ${next.refused.detail}`)
    policy = next.ok
  }
  return { genesis: genesis.ok, policy }
}

/** The policy records of the grid of a store in order, each as the objects its roots have signed. */
export async function storedPolicies(snapshot: Snapshot): Promise<readonly (readonly Uint8Array[])[]> {
  const records: Uint8Array[][] = []
  for await (const { value } of snapshot.range(SPACE.policy)) records.push(readRecord(value))
  return records
}

/** Why this record is not the one of its number that the store has; undefined when it is, or has none of it. */
async function forkOf(
  store: Store,
  crypto: CryptoProvider,
  signed: readonly Uint8Array[],
): Promise<Refusal | undefined> {
  const snapshot = store.snapshot()
  try {
    for (const kept of await storedPolicies(snapshot)) {
      const fork = forkRefusal(crypto, kept, signed)
      if (fork !== undefined) return fork
    }
    return undefined
  } finally {
    snapshot.close()
  }
}

/** Accepts the record that follows `current` and keeps it. */
export async function keepPolicy(
  store: Store,
  grid: CID,
  current: GridPolicy,
  signed: readonly Uint8Array[],
  { crypto }: Verifying,
): Promise<Result<GridPolicy>> {
  const next = nextPolicy(crypto, await ringOfRoots(store, crypto, current), grid, current, signed)
  if (next.refused?.code === 'CHAIN')
    return { refused: (await forkOf(store, crypto, signed)) ?? next.refused }
  if (next.refused !== undefined) return next
  const key = uint64(next.ok.seq)
  const isNew = await store.transact(async (transaction) => {
    if ((await transaction.get(SPACE.policy, key)) !== undefined) return false
    transaction.put(SPACE.policy, key, encodePolicyRecord(signed.slice(0, current.roots.length)))
    return true
  })
  if (isNew) return next
  const fork = await forkOf(store, crypto, signed)
  return fork === undefined ? refuse('CHAIN', `policy ${next.ok.seq} is in force already`) : { refused: fork }
}

async function ringOfRoots(store: Store, crypto: CryptoProvider, { roots }: GridPolicy): Promise<KeyRing> {
  const keys = createKeyRing(crypto)
  const snapshot = store.snapshot()
  try {
    await learnSets(keys, snapshot, roots)
    return keys
  } finally {
    snapshot.close()
  }
}

/**
 * The adoption of a principal by this node: the one in force, or a new one when there is none or it ends
 * within half its life.
 * @throws {TypeError} when `holder` is not a principal
 */
export async function adopt(
  store: Store,
  {
    crypto,
    keys,
    signer,
    grid,
    limits,
    now,
  }: Founding & { signer: Signer; grid: CID; limits: Limits; now: number },
  holder: Principal,
): Promise<Capability> {
  // A bearer adoption would be kept, and everything here be anybody's who names it by its id.
  const named = checkPrincipal(keys, holder)
  if (named.refused !== undefined) throw new TypeError(`holder: ${named.refused.detail}`)
  return store.transact(async (transaction) => {
    const kept = await readAdoption(transaction, { crypto, keys }, holder)
    const isGood = kept !== undefined && kept.expires > now + limits.tokenLifetimeSeconds / 2
    if (isGood && (await revokedLink(crypto, transaction, [kept])) === undefined) return kept
    const adoption = issueToken(crypto, keys, signer, {
      grid,
      holder,
      resource: { kind: 'node', owner: signer.principal },
      methods: ['*'],
      caveats: {},
      expires: now + limits.tokenLifetimeSeconds,
    })
    transaction.put(SPACE.tokens, idKey(adoption.id), adoption.bytes)
    transaction.put(SPACE.adopted, principalKey(holder), adoption.id.bytes)
    return adoption
  })
}

async function readAdoption(
  snapshot: Snapshot,
  { crypto, keys }: Founding,
  holder: Principal,
): Promise<Capability | undefined> {
  const id = await snapshot.get(SPACE.adopted, principalKey(holder))
  const bytes = id === undefined ? undefined : await snapshot.get(SPACE.tokens, id)
  return bytes === undefined ? undefined : readToken(crypto, keys, bytes).ok?.capability
}

function readRecord(bytes: Uint8Array): Uint8Array[] {
  const decoded = decodeCbor(bytes, DAG_CBOR_PROFILE)
  return Array.isArray(decoded.ok) ? decoded.ok.filter((each) => each instanceof Uint8Array) : []
}
