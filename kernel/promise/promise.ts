/**
 * Promises: what a node says instead of an answer it does not have yet, as a signed object (spec/promise.md). It
 * is the word of its issuer about its own behaviour: the promise of somebody else is named in `wraps`, never
 * repeated. There is one at most for each request, so it needs no nonce to have an id of its own.
 */
import { cidKey, CODEC } from '../../promisebase/index.ts'
import { refuse } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import * as claims from '../message/claims.ts'
import { CLAIM } from '../message/labels.ts'
import { readObject, signObject, verifyObject } from '../message/signed-object.ts'
import type { CID } from 'multiformats/cid'
import type { CborValue, CryptoProvider } from '../../promisebase/index.ts'
import type { Result } from '../errors.ts'
import type { SignedPromise, Signer } from '../interface.ts'
import type { ClaimsOf, ClaimType } from '../message/claims.ts'
import type { KeyRing } from '../message/key-ring.ts'
import type { SignedObject } from '../message/signed-object.ts'

/** Ids in the order of their bytes, each once, so that one set has one encoding. */
const conditionIds: ClaimType<readonly CID[]> = {
  says: `1 to ${LIMITS.principals} ids, sorted by their bytes, each once`,
  read: (value) => (Array.isArray(value) ? readIds(value) : undefined),
  write: (ids) => [...ids].sort((a, b) => (cidKey(a) < cidKey(b) ? -1 : 1)),
}

function readIds(values: readonly CborValue[]): readonly CID[] | undefined {
  if (values.length === 0 || values.length > LIMITS.principals) return undefined
  const ids: CID[] = []
  for (const value of values) {
    const id = claims.id.read(value)
    const before = ids.at(-1)
    if (id === undefined || (before !== undefined && cidKey(before) >= cidKey(id))) return undefined
    ids.push(id)
  }
  return ids
}

const PROMISE_CLAIMS = {
  issuer: claims.required(CLAIM.iss, claims.text()),
  audience: claims.required(CLAIM.aud, claims.text()),
  expires: claims.required(CLAIM.exp, claims.uint),
  issuedAt: claims.required(CLAIM.iat, claims.uint),
  grid: claims.required(CLAIM.grid, claims.cid('a genesis block', CODEC.dagCbor)),
  request: claims.required(CLAIM.request, claims.id),
  wraps: claims.optional(CLAIM.wraps, claims.id),
  conditions: claims.optional(CLAIM.conditions, conditionIds),
  protocol: claims.required(CLAIM.protocol, claims.cid('a protocol CID', CODEC.raw, CODEC.dagCbor)),
}

type PromiseClaims = ClaimsOf<typeof PROMISE_CLAIMS>

/** Signs a promise. @throws {TypeError} for terms that would not be read back */
export function signPromise(
  crypto: CryptoProvider,
  signer: Signer,
  terms: Omit<PromiseClaims, 'issuer'>,
): SignedPromise {
  const said = { ...terms, issuer: signer.principal }
  const wrong = wrongTerms(said)
  if (wrong !== undefined) throw new TypeError(wrong)
  return { ...said, ...signObject(crypto, signer, 'promise', PROMISE_CLAIMS, said) }
}

/** A promise whose form was read; its issuer need not have signed it. */
export interface UnverifiedPromise {
  readonly promise: SignedPromise
  readonly object: SignedObject<unknown>
}

export function readUnverifiedPromise(crypto: CryptoProvider, given: Uint8Array): Result<UnverifiedPromise> {
  const object = readObject(crypto, 'promise', PROMISE_CLAIMS, given)
  if (object.refused !== undefined) return object
  const { id, bytes, claims: said } = object.ok
  const wrong = wrongTerms(said)
  if (wrong !== undefined) return refuse('SHAPE', wrong)
  return { ok: { promise: { ...said, id, bytes }, object: object.ok } }
}

/** Reads a promise and checks its issuer's signature; who was promised, and in which grid, is for the caller. */
export function readPromise(crypto: CryptoProvider, keys: KeyRing, bytes: Uint8Array): Result<SignedPromise> {
  const read = readUnverifiedPromise(crypto, bytes)
  if (read.refused !== undefined) return read
  const { promise, object } = read.ok
  const verified = verifyObject(crypto, keys, object, promise.issuer)
  return verified.refused === undefined ? { ok: promise } : verified
}

/** What a table of claims cannot say. */
function wrongTerms({ issuedAt, expires, wraps, conditions }: PromiseClaims): string | undefined {
  if (expires <= issuedAt) return 'a promise expires after it was made'
  return wraps !== undefined && conditions !== undefined
    ? 'a promise wraps another one, or has conditions: not both'
    : undefined
}
