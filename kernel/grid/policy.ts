/**
 * Policy: what may change about a grid. A record carries the next sequence number and the id of the record
 * before it; the same claims are signed, each in an object of its own, by a threshold of the roots in force.
 */
import { encodeCbor } from '../../promisebase/index.ts'
import { refuse } from '../errors.ts'
import * as claims from '../message/claims.ts'
import { verifySignature } from '../message/cose.ts'
import { equalBytes } from '../message/equal-bytes.ts'
import { CLAIM } from '../message/labels.ts'
import { COSE_ALGORITHM, POLYMORPHIC_ALGORITHM } from '../message/cose-key.ts'
import { checkPrincipal } from '../message/key-ring.ts'
import { readObject, signObject } from '../message/signed-object.ts'
import { readRoots } from './genesis.ts'
import type { CID } from 'multiformats/cid'
import type { CborMap, CryptoProvider } from '../../promisebase/index.ts'
import type { Refusal, Result } from '../errors.ts'
import type { Principal, Signer } from '../interface.ts'
import type { ClaimType } from '../message/claims.ts'
import type { ReadSignature } from '../message/cose.ts'
import type { KeyRing, PrincipalKeys } from '../message/key-ring.ts'
import type { Genesis } from './genesis.ts'

/** What is in force in a grid. */
export interface GridPolicy {
  readonly seq: number
  /** The record it comes from; absent for what follows from the genesis block alone. */
  readonly id?: CID
  /** COSE algorithms a message or token may be signed with. */
  readonly algorithms: readonly number[]
  readonly roots: readonly Principal[]
  readonly threshold: number
  /** Nodes whose receipts are believed. */
  readonly executors: readonly Principal[]
  /** Whose heartbeats tell how old the news of revocations is; a grid without any has no bound on that. */
  readonly revokers: readonly Principal[]
  /** How old the news of each revoker may be at most; 0 for no bound. */
  readonly feedSeconds: number
}

/** What a policy record changes; what it does not name stays. */
export type PolicyChange = Partial<Omit<GridPolicy, 'seq' | 'id'>>

const BODY_NAMES: readonly string[] = [
  'algorithms',
  'executors',
  'feedSeconds',
  'revokers',
  'roots',
  'threshold',
]
/**
 * What a grid takes before its first record: enough for single keys and for the hybrid of Ed25519 and ML-DSA-65.
 * It is fixed by the format of the genesis block: a list that grew with each version would give one grid two
 * policies.
 */
const FIRST_ALGORITHMS: readonly number[] = [
  COSE_ALGORITHM.Ed25519,
  COSE_ALGORITHM.ESP256,
  COSE_ALGORITHM['ML-DSA-65'],
]
/** What a principal can sign with. */
const KNOWN_ALGORITHMS: readonly number[] = [
  ...Object.values(COSE_ALGORITHM),
  ...Object.values(POLYMORPHIC_ALGORITHM),
]
const EXECUTORS_MAX = 64
const REVOKERS_MAX = 16

const body: ClaimType<CborMap> = {
  says: `a map of ${BODY_NAMES.join(', ')}`,
  read: (value) =>
    value instanceof Map && [...value.keys()].every((key) => BODY_NAMES.includes(String(key)))
      ? value
      : undefined,
  write: (map) => map,
}

const POLICY_CLAIMS = {
  issuedAt: claims.required(CLAIM.iat, claims.uint),
  grid: claims.required(CLAIM.grid, claims.cid('a genesis block', 0x71)),
  seq: claims.required(CLAIM.seq, claims.uint),
  previous: claims.optional(CLAIM.previous, claims.id),
  body: claims.required(CLAIM.body, body),
}

/** What one root has signed, before anybody has asked who it was. */
export interface PolicyRecord {
  readonly id: CID
  readonly issuedAt: number
  readonly grid: CID
  readonly seq: number
  readonly previous?: CID
  /** What it changes, not looked into yet: that needs the policy before it. */
  readonly body: CborMap
  readonly signature: ReadSignature & { readonly payload: Uint8Array }
}

/** Reads a policy object of the right form; whether it is a record of a grid, {@link nextPolicy} says. */
export function readPolicyRecord(crypto: CryptoProvider, bytes: Uint8Array): Result<PolicyRecord> {
  const object = readObject(crypto, 'policy', POLICY_CLAIMS, bytes)
  if (object.refused !== undefined) return object
  const { id, claims: record, signature } = object.ok
  return { ok: { id, ...record, signature } }
}

/** The policy of a grid before any record. */
export function initialPolicy(genesis: Genesis): GridPolicy {
  return {
    seq: 0,
    algorithms: FIRST_ALGORITHMS,
    roots: genesis.roots,
    threshold: genesis.threshold,
    executors: [],
    revokers: [],
    feedSeconds: 0,
  }
}

/** One root's signature under the record that follows `current`. */
export function signPolicy(
  crypto: CryptoProvider,
  signer: Signer,
  grid: CID,
  current: GridPolicy,
  change: PolicyChange,
  issuedAt: number,
): Uint8Array {
  const entries = Object.entries(change).filter(([, value]) => value !== undefined)
  return signObject(crypto, signer, 'policy', POLICY_CLAIMS, {
    issuedAt,
    grid,
    seq: current.seq + 1,
    body: new Map(
      entries.map(([name, value]) => [name, Array.isArray(value) ? [...value] : (value as number)]),
    ),
    ...(current.id === undefined ? {} : { previous: current.id }),
  }).bytes
}

/**
 * The policy after a record: `signed` holds the same claims, signed by different roots of `current`.
 * Nothing goes back: any other sequence number is refused.
 */
export function nextPolicy(
  crypto: CryptoProvider,
  keys: KeyRing,
  grid: CID,
  current: GridPolicy,
  signed: readonly Uint8Array[],
): Result<GridPolicy> {
  const objects = []
  for (const bytes of signed.slice(0, current.roots.length)) {
    const object = readObject(crypto, 'policy', POLICY_CLAIMS, bytes)
    if (object.refused !== undefined) return object
    objects.push(object.ok)
  }
  const first = objects[0]
  if (first === undefined) return refuse('SHAPE', 'a policy record needs at least one signature')
  if (!objects.every((object) => object.id.equals(first.id)))
    return refuse('SHAPE', 'the signatures are not under the same claims')
  if (!first.claims.grid.equals(grid)) return refuse('GRID', 'a policy record of another grid')
  if (first.claims.seq !== current.seq + 1)
    return refuse('CHAIN', `policy ${first.claims.seq} does not follow ${current.seq}`)
  if (first.claims.previous?.toString() !== current.id?.toString())
    return refuse(
      'CHAIN',
      `the record follows ${nameOf(first.claims.previous)}, in force is ${nameOf(current.id)}`,
    )
  const roots = current.roots.map((root) => keys.lookUp(root))
  const signers = new Set(objects.map(({ signature }) => rootThatSigned(crypto, roots, signature)))
  signers.delete(undefined)
  if (signers.size < current.threshold) return tooFew(signers.size, current, roots)
  const changed = readBody(keys, current, first.claims.body)
  return changed.refused === undefined
    ? { ok: { ...changed.ok, seq: first.claims.seq, id: first.id } }
    : changed
}

/** Two records of one number that are not the same one: whoever follows one of them is in another grid, in effect. */
export function forkRefusal(
  crypto: CryptoProvider,
  kept: readonly Uint8Array[],
  offered: readonly Uint8Array[],
): Refusal | undefined {
  const [here, other] = [kept, offered].map(([first]) => first && readPolicyRecord(crypto, first).ok)
  if (here === undefined || other === undefined) return undefined
  return here.seq !== other.seq || here.id.equals(other.id)
    ? undefined
    : refuse('CHAIN', `policy ${here.seq} is ${nameOf(here.id)} here, and this one is ${nameOf(other.id)}`)
        .refused
}

function nameOf(id: CID | undefined): string {
  return id?.toString() ?? 'the genesis block'
}

/** The bytes a store keeps for a record. */
export function encodePolicyRecord(signed: readonly Uint8Array[]): Uint8Array {
  return encodeCbor([...signed])
}

/** Every node must come to one policy, so a root is judged without regard to what else its keys have signed. */
function rootThatSigned(
  crypto: CryptoProvider,
  roots: readonly Result<PrincipalKeys>[],
  signature: ReadSignature & { readonly payload: Uint8Array },
): Principal | undefined {
  const { parts, payload } = signature
  for (const { ok: root } of roots) {
    const isNamed =
      root?.keys.length === parts.length &&
      root.keys.every(({ kid }, at) => equalBytes(kid, parts[at]?.kid ?? kid.subarray(1)))
    if (root === undefined || !isNamed) continue
    return verifySignature(crypto, signature, payload, root).refused === undefined
      ? root.principal
      : undefined
  }
  return undefined
}

/** A root whose key set is not here may be the one that signed. */
function tooFew(count: number, current: GridPolicy, roots: readonly Result<PrincipalKeys>[]): Result<never> {
  const missing = roots.flatMap(({ refused }) => refused?.missing ?? [])
  const detail = `${count} of ${current.threshold} roots signed`
  return missing.length === 0
    ? refuse('SIG', detail)
    : refuse('MISSING', `${detail}; key sets of roots are missing`, { missing })
}

/** The first algorithm of a principal that the policy does not accept; undefined when it accepts them all. */
export function refusedAlgorithm({ algorithms }: GridPolicy, { keys }: PrincipalKeys): number | undefined {
  return keys.find(({ coseAlgorithm }) => !algorithms.includes(coseAlgorithm))?.coseAlgorithm
}

function readBody(keys: KeyRing, current: GridPolicy, map: CborMap): Result<Omit<GridPolicy, 'seq' | 'id'>> {
  const algorithms: unknown = map.get('algorithms') ?? current.algorithms
  const executors: unknown = map.get('executors') ?? current.executors
  if (
    !isListOf(algorithms, KNOWN_ALGORITHMS.length, (each) => KNOWN_ALGORITHMS.includes(each as number)) ||
    algorithms.length === 0
  ) {
    return refuse('ALG', `algorithms are among ${KNOWN_ALGORITHMS.join(', ')}`)
  }
  const isPrincipal = (each: unknown): boolean =>
    typeof each === 'string' && checkPrincipal(keys, each).refused === undefined
  if (!isListOf(executors, EXECUTORS_MAX, isPrincipal))
    return refuse('SHAPE', `executors are at most ${EXECUTORS_MAX} principals`)
  const revokers: unknown = map.get('revokers') ?? current.revokers
  if (!isListOf(revokers, REVOKERS_MAX, isPrincipal))
    return refuse('SHAPE', `revokers are at most ${REVOKERS_MAX} principals`)
  const feedSeconds = claims.uint.read(map.get('feedSeconds') ?? current.feedSeconds)
  if (feedSeconds === undefined) return refuse('SHAPE', `feedSeconds is ${claims.uint.says}`)
  const roots = readRoots(keys, map.get('roots') ?? current.roots, map.get('threshold') ?? current.threshold)
  if (roots.refused !== undefined) return roots
  return {
    ok: {
      algorithms: algorithms as number[],
      executors: executors as string[],
      revokers: revokers as string[],
      feedSeconds,
      ...roots.ok,
    },
  }
}

function isListOf(
  value: unknown,
  itemsMax: number,
  isItem: (each: unknown) => boolean,
): value is readonly unknown[] {
  return Array.isArray(value) && value.length <= itemsMax && value.every(isItem)
}
