/**
 * Key sets of a node: which were admitted, and which set speaks for a key. A set is never fetched on behalf of a
 * message: it was put here before, or the decision ends with MISSING (spec/message.md, "Key sets").
 */
import { parseCid } from '../promisebase/index.ts'
import { refuse } from './errors.ts'
import { refusedAlgorithm } from './grid/policy.ts'
import { inSnapshot } from './in-snapshot.ts'
import { heldBy, keysOfSet } from './message/key-ring.ts'
import { keySetCid, readKeySet } from './message/key-set.ts'
import { verifyObjectBy } from './message/signed-object.ts'
import { SPACE } from './spaces.ts'
import type { CID } from 'multiformats/cid'
import type { CryptoProvider, Snapshot } from '../promisebase/index.ts'
import type { Result } from './errors.ts'
import type { Principal } from './interface.ts'
import type { KeyRing, PrincipalKeys, StoredKeyRing } from './message/key-ring.ts'
import type { SignedObject } from './message/signed-object.ts'
import type { KernelState } from './state.ts'

interface KeySource {
  readonly keys: StoredKeyRing
  readonly snapshot: Snapshot
  readonly crypto: CryptoProvider
}

const NOTHING = new Uint8Array(0)

/** The keys by which `principal` is to be verified: at once when they are remembered, else by the store. */
export function keysOf(
  source: KeySource,
  principal: Principal,
): Result<PrincipalKeys> | Promise<Result<PrincipalKeys>> {
  const known = source.keys.known(principal)
  return known === undefined ? findKeys(source, principal) : { ok: known }
}

async function findKeys(source: KeySource, principal: Principal): Promise<Result<PrincipalKeys>> {
  const found = await lookUp(source, principal)
  if (found.refused !== undefined) return found
  let claims = 0
  for (const { kid } of found.ok.keys) {
    const owner = await ownerOf(source.snapshot, kid)
    if (owner !== undefined && owner !== principal) return heldBy(owner, principal)
    if (owner !== undefined) claims += 1
  }
  return source.keys.hold(found.ok, claims > 0)
}

async function lookUp(source: KeySource, principal: Principal): Promise<Result<PrincipalKeys>> {
  const found = source.keys.lookUp(principal)
  const cid = found.refused?.code === 'MISSING' ? keySetCid(principal) : undefined
  if (cid === undefined) return found
  const block = await admitted(source.snapshot, cid)
  if (block === undefined) return found
  const set = readKeySet(source.crypto, block)
  return set.refused === undefined ? { ok: keysOfSet(set.ok) } : set
}

/**
 * Teaches a ring the key sets among these principals that are here. Given to a ring of its own, they are judged
 * without regard to who has signed here, as policy must be.
 */
export async function learnSets(
  keys: KeyRing,
  snapshot: Snapshot,
  principals: readonly Principal[],
): Promise<void> {
  for (const principal of principals) {
    const cid = keys.lookUp(principal).refused?.code === 'MISSING' ? keySetCid(principal) : undefined
    const block = cid === undefined ? undefined : await admitted(snapshot, cid)
    if (block !== undefined) keys.learn(block)
  }
}

/** Only what was admitted is read: a stranger could name any large block of the codec. */
async function admitted(snapshot: Snapshot, cid: CID): Promise<Uint8Array | undefined> {
  const entry = await snapshot.get(SPACE.keySets, cid.bytes)
  return entry === undefined ? undefined : snapshot.getBlock(cid)
}

async function ownerOf(snapshot: Snapshot, kid: Uint8Array): Promise<Principal | undefined> {
  const owner = await snapshot.get(SPACE.keySets, kid)
  return owner === undefined ? undefined : parseCid(owner).ok?.toString()
}

/**
 * Puts a key set where decisions find it. It bars nobody yet: anyone could name a stranger's key in a set, so
 * its keys are bound to it when all of them have signed.
 */
export async function admitKeySet(kernel: KernelState, block: Uint8Array): Promise<Result<PrincipalKeys>> {
  const { crypto, store } = kernel.powers
  const set = readKeySet(crypto, block)
  if (set.refused !== undefined) return set
  const { cid, bytes, principal } = set.ok
  const owner = await store.transact(async (transaction) => {
    for (const { kid } of set.ok.keys) {
      const other = await ownerOf(transaction, kid)
      if (other !== undefined && other !== principal) return other
    }
    if ((await transaction.get(SPACE.keySets, cid.bytes)) !== undefined) return undefined
    transaction.putBlockAs(cid, bytes)
    transaction.put(SPACE.keySets, cid.bytes, NOTHING)
    return undefined
  })
  return owner === undefined ? { ok: keysOfSet(set.ok) } : heldBy(owner, principal)
}

/** A set has signed for the first time. What its keys were answered when they spoke alone is forgotten. */
export function noteClaim(
  kernel: Pick<KernelState, 'claims' | 'replies'>,
  set: PrincipalKeys,
  hasSpokenAlone: boolean,
): void {
  kernel.claims.unkept.push(set)
  if (!hasSpokenAlone) return
  kernel.claims.silenced += 1
  kernel.replies.forgetAll()
}

/** Writes down which sets have signed since the last time, so that the next start knows it too. */
export async function keepClaims(kernel: KernelState): Promise<void> {
  const sets = kernel.claims.unkept.splice(0)
  if (sets.length === 0) return
  try {
    await kernel.powers.store.transact(async (transaction) => {
      for (const { principal, keys } of sets) {
        const cid = keySetCid(principal)
        for (const { kid } of keys)
          if (cid !== undefined && (await ownerOf(transaction, kid)) === undefined)
            transaction.put(SPACE.keySets, kid, cid.bytes)
      }
    })
  } catch (error) {
    kernel.claims.unkept.unshift(...sets)
    throw error
  }
}

/** This node's own set, when it is one: it has to be found like any other. @throws {TypeError} */
export async function admitOwnSet(kernel: KernelState): Promise<void> {
  const { keySet, principal } = kernel.powers.signer
  if (keySet === undefined) return
  const admission = await admitKeySet(kernel, keySet)
  const own = admission.refused === undefined ? kernel.keys.learn(keySet) : admission
  const claimed = own.refused === undefined ? kernel.keys.claim(own.ok) : own
  if (claimed.refused !== undefined) throw new TypeError(`signer: ${claimed.refused.detail}`)
  if (own.ok?.principal !== principal) throw new TypeError('signer: its principal is not its key set')
}

/** Whether `issuer` signed the object, by what the store knows of its keys. */
export async function verifyByStore(
  kernel: KernelState,
  object: SignedObject<unknown>,
  issuer: Principal,
): Promise<Result<true>> {
  const { crypto, store } = kernel.powers
  const found = await inSnapshot(store, async (snapshot) =>
    keysOf({ keys: kernel.keys, snapshot, crypto }, issuer),
  )
  return found.refused === undefined ? verifyObjectBy(crypto, kernel.keys, object, found.ok) : found
}

/** The same with an algorithm that the grid accepts: for what is acted on when it is accepted. */
export async function verifyByPolicy(
  kernel: KernelState,
  object: SignedObject<unknown>,
  issuer: Principal,
): Promise<Result<true>> {
  const { crypto, store } = kernel.powers
  const { keys, policy } = kernel
  const found = await inSnapshot(store, async (snapshot) => keysOf({ keys, snapshot, crypto }, issuer))
  if (found.refused !== undefined) return found
  const algorithm = refusedAlgorithm(policy, found.ok)
  if (algorithm !== undefined) return refuse('ALG', `algorithm ${algorithm} is not accepted in this grid`)
  return verifyObjectBy(crypto, keys, object, found.ok)
}
