/**
 * The key ring: principals that were read, and their keys. It also knows which keys speak only within a set: once
 * all keys of a set have signed here, none of them is taken as its own did:key or in another set
 * (spec/message.md, "Keys of a set").
 */
import { BoundedMap, bytesKey } from '../../promisebase/index.ts'
import { refuse } from '../errors.ts'
import { COSE_ALGORITHM, thumbprint } from './cose-key.ts'
import { readDidKey } from './did-key.ts'
import { keySetCid, readKeySet } from './key-set.ts'
import { describePrincipal, hasDidKey, nameOfCoseKey, parseDidKey, principalOf } from './principal.ts'
import type { CborValue, CryptoProvider } from '../../promisebase/index.ts'
import type { Result } from '../errors.ts'
import type { Principal } from '../interface.ts'
import type { KeySet, VerificationKey } from './key-set.ts'

/** Everything the kernel derives from a principal's text. */
export interface PrincipalKeys {
  readonly principal: Principal
  /** In the order of the key set; exactly one for a did:key. */
  readonly keys: readonly VerificationKey[]
  /** The block whose CID the principal is; absent for a did:key. */
  readonly keySet?: Uint8Array
}

/** Reads principals and remembers them, because admitting a key costs more than verifying with it. */
export interface KeyRing {
  /**
   * The keys by which a principal is to be verified. `KEY` for what is no principal, and for a key that speaks
   * only within a set; `MISSING` for a key set that this ring was not given.
   */
  read(principal: Principal): Result<PrincipalKeys>
  /** The same without regard to who has signed here: for what must be judged alike everywhere. */
  lookUp(principal: Principal): Result<PrincipalKeys>
  /**
   * The name of the principal of a COSE_Key that holds exactly kty, alg and the public parameters of its type.
   * The key is not admitted yet: that costs more than a signature, and a stranger's token may name many.
   */
  nameOf(key: CborValue): Result<Principal>
  /** The principal of such a COSE_Key, admitted. */
  fromCoseKey(key: CborValue): Result<PrincipalKeys>
  /** Reads the block of a key set and keeps it as long as the ring lives. It bars nobody until it has signed. */
  learn(block: Uint8Array): Result<PrincipalKeys>
  /** Told when a signature of `signer` has verified: from now on keys of its set speak only within it. */
  claim(signer: PrincipalKeys): Result<true>
}

/** What a kernel's ring does beside: it has a store behind it. */
export interface StoredKeyRing extends KeyRing {
  /** What is remembered, at once; undefined when the store has to be asked. */
  known(principal: Principal): PrincipalKeys | undefined
  /** Remembers keys the store was asked about; `isClaimed` when it says that this set has signed here. */
  hold(found: PrincipalKeys, isClaimed?: boolean): Result<PrincipalKeys>
}

/** Called once for each set when it first signs; `hasSpokenAlone` when one of its keys was in use as a did:key. */
export type OnClaim = (set: PrincipalKeys, hasSpokenAlone: boolean) => void

/** Principals a ring remembers. */
const ENTRIES_MAX = 4_096

/** The ring of a caller: it learns the key sets it deals with. */
export function createKeyRing(crypto: CryptoProvider): KeyRing {
  return new MemoryKeyRing(crypto)
}

/** The ring of a kernel, which reads key sets from its store. */
export function createStoredKeyRing(crypto: CryptoProvider, onClaim: OnClaim): StoredKeyRing {
  return new MemoryKeyRing(crypto, onClaim)
}

const HOLDS = { ok: true } as const

class MemoryKeyRing implements StoredKeyRing {
  readonly #crypto: CryptoProvider
  readonly #known = new BoundedMap<Principal, PrincipalKeys>(ENTRIES_MAX)
  readonly #learnt = new Map<Principal, PrincipalKeys>()
  /** By thumbprint, the set that speaks for the key. */
  readonly #owners = new BoundedMap<string, Principal>(ENTRIES_MAX)
  readonly #claimed = new BoundedMap<Principal, true>(ENTRIES_MAX)
  readonly #onClaim: OnClaim | undefined

  constructor(crypto: CryptoProvider, onClaim?: OnClaim) {
    this.#crypto = crypto
    this.#onClaim = onClaim
  }

  known(principal: Principal): PrincipalKeys | undefined {
    return this.#known.get(principal)
  }

  read(principal: Principal): Result<PrincipalKeys> {
    const known = this.#known.get(principal)
    if (known !== undefined) return { ok: known }
    const found = this.lookUp(principal)
    return found.refused === undefined ? this.hold(found.ok) : found
  }

  lookUp(principal: Principal): Result<PrincipalKeys> {
    const known = this.#known.get(principal) ?? this.#learnt.get(principal)
    if (known !== undefined) return { ok: known }
    if (keySetCid(principal) !== undefined)
      return refuse('MISSING', `the key set ${principal} is not here`, { missing: [principal] })
    return readAlone(this.#crypto, principal)
  }

  hold(found: PrincipalKeys, isClaimed = false): Result<PrincipalKeys> {
    const refused = this.#heldByOther(found)
    if (refused !== undefined) return refused
    if (isClaimed) this.#bind(found)
    this.#known.set(found.principal, found)
    return { ok: found }
  }

  nameOf(key: CborValue): Result<Principal> {
    return nameOfCoseKey(key)
  }

  fromCoseKey(key: CborValue): Result<PrincipalKeys> {
    const name = nameOfCoseKey(key)
    return name.refused === undefined ? this.read(name.ok) : name
  }

  learn(block: Uint8Array): Result<PrincipalKeys> {
    const set = readKeySet(this.#crypto, block)
    if (set.refused !== undefined) return set
    const keys = keysOfSet(set.ok)
    const held = this.hold(keys)
    if (held.refused === undefined) this.#learnt.set(keys.principal, keys)
    return held
  }

  claim(signer: PrincipalKeys): Result<true> {
    if (signer.keySet === undefined || this.#claimed.get(signer.principal) === true) return HOLDS
    const refused = this.#heldByOther(signer)
    if (refused !== undefined) return refused
    const hasSpokenAlone = this.#bind(signer)
    this.#onClaim?.(signer, hasSpokenAlone)
    return HOLDS
  }

  /** Gives the keys of a set to it; returns whether one of them was in use alone. */
  #bind({ principal, keys }: PrincipalKeys): boolean {
    this.#claimed.set(principal, true)
    let hasSpokenAlone = false
    for (const { kid, publicKey } of keys) {
      this.#owners.set(bytesKey(kid), principal)
      if (hasDidKey(publicKey.algorithm))
        hasSpokenAlone = this.#known.delete(principalOf(publicKey)) || hasSpokenAlone
    }
    return hasSpokenAlone
  }

  #heldByOther({ principal, keys }: PrincipalKeys): ReturnType<typeof heldBy> | undefined {
    for (const { kid } of keys) {
      const owner = this.#owners.get(bytesKey(kid))
      if (owner !== undefined && owner !== principal) return heldBy(owner, principal)
    }
    return undefined
  }
}

/** A key of `principal` that another set has signed with. */
export function heldBy(owner: Principal, principal: Principal) {
  return refuse('KEY', `a key of ${describePrincipal(principal)} speaks only within the key set ${owner}`)
}

/** The keys of a set that was read. */
export function keysOfSet({ principal, keys, bytes }: KeySet): PrincipalKeys {
  return { principal, keys, keySet: bytes }
}

/** The one key of a did:key. */
function readAlone(crypto: CryptoProvider, principal: Principal): Result<PrincipalKeys> {
  const publicKey = parseDidKey(principal)
  if (publicKey === undefined) return refuse('KEY', `${describePrincipal(principal)} is ${notOne(principal)}`)
  if (!crypto.admitKey(publicKey))
    return refuse('KEY', `${describePrincipal(principal)} names a key that is not admitted`)
  const coseAlgorithm = COSE_ALGORITHM[publicKey.algorithm]
  return { ok: { principal, keys: [{ publicKey, coseAlgorithm, kid: thumbprint(crypto, publicKey) }] } }
}

/** Why a text is no principal: a key of another kind is a key all the same, and its owner should hear which. */
function notOne(text: string): string {
  const kind = readDidKey(text).ok?.kind
  if (kind === 'P-256') return 'the did:key of a point that is not on P-256'
  const what = kind === undefined ? '' : `the did:key of a ${kind} key, hence `
  return `${what}neither the did:key of an Ed25519 or P-256 key nor the CID of a key set`
}

/** Whether this text can name a principal, as every reader finds it: a key set need not be here for that. */
export function checkPrincipal(keys: KeyRing, principal: Principal): Result<true> {
  const found = keys.lookUp(principal)
  return found.refused === undefined || found.refused.code === 'MISSING' ? HOLDS : found
}
