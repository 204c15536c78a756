/**
 * Capability tokens: an issuer's promise about its own behaviour, as a signed object (spec/capability.md).
 * A token is bound to one holder by `cnf`, or says `bearer`; one with both or neither is refused.
 */
import { refuse } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import * as claims from '../message/claims.ts'
import { CLAIM } from '../message/labels.ts'
import { coseKeyOf } from '../message/cose-key.ts'
import { keySetCid } from '../message/key-set.ts'
import { readObject, signObject, verifyObject } from '../message/signed-object.ts'
import { caveatsClaim, readCaveats, writeCaveats } from './caveats.ts'
import { resourceClaim } from './resource.ts'
import type { CID } from 'multiformats/cid'
import type { CborValue, CryptoProvider } from '../../promisebase/index.ts'
import type { Result } from '../errors.ts'
import type { Capability, Grant, Principal, Signer } from '../interface.ts'
import type { ClaimsOf, ClaimType } from '../message/claims.ts'
import type { KeyRing } from '../message/key-ring.ts'
import type { SignedObject } from '../message/signed-object.ts'

const names = claims.names(1, LIMITS.methods)

/** `["*"]` alone is every method. */
const methodsClaim: ClaimType<readonly string[]> = {
  says: `${names.says}, or ["*"]`,
  read: (value) => {
    const methods = names.read(value)
    return methods !== undefined && methods.includes('*') && methods.length > 1 ? undefined : methods
  },
  write: names.write,
}

/** How `cnf` names the holder: the key of a did:key, or the text of a key set. */
type Confirmation = { readonly key: CborValue } | { readonly keySet: string }

const CONFIRMED_KEY = 1
const keySetText = claims.text()

const confirmation: ClaimType<Confirmation> = {
  says: 'a map of exactly one confirmation: {1: COSE_Key} or {-65537: text}',
  read: (value) => {
    if (!(value instanceof Map) || value.size !== 1) return undefined
    const key = value.get(CONFIRMED_KEY)
    if (key !== undefined) return { key }
    const keySet = keySetText.read(value.get(CLAIM.principal) ?? null)
    return keySet === undefined ? undefined : { keySet }
  },
  write: (given) =>
    'key' in given ? new Map([[CONFIRMED_KEY, given.key]]) : new Map([[CLAIM.principal, given.keySet]]),
}

const TOKEN_CLAIMS = {
  issuer: claims.required(CLAIM.iss, claims.text()),
  audience: claims.optional(CLAIM.aud, claims.text()),
  expires: claims.required(CLAIM.exp, claims.uint),
  notBefore: claims.optional(CLAIM.nbf, claims.uint),
  nonce: claims.required(CLAIM.cti, claims.bytes(16, 32)),
  confirmation: claims.optional(CLAIM.cnf, confirmation),
  grid: claims.required(CLAIM.grid, claims.cid('a genesis block', 0x71)),
  resource: claims.required(CLAIM.resource, resourceClaim),
  methods: claims.required(CLAIM.methods, methodsClaim),
  parent: claims.optional(CLAIM.parent, claims.id),
  caveats: claims.optional(CLAIM.caveats, caveatsClaim),
  bearer: claims.optional(CLAIM.bearer, claims.flag),
}

type TokenClaims = ClaimsOf<typeof TOKEN_CLAIMS>

/** What an issuer decides about a new token. */
export interface CapabilityTerms extends Grant {
  readonly grid: CID
  readonly holder: Principal | 'bearer'
  /** The token this one is delegated from; absent when the issuer promises its own behaviour. */
  readonly parent?: CID
}

/** Issues a token. @throws {TypeError} when the terms cannot be a token */
export function issueToken(
  crypto: CryptoProvider,
  keys: KeyRing,
  signer: Signer,
  terms: CapabilityTerms,
): Capability {
  const methods = methodsClaim.read(methodsClaim.write([...new Set(terms.methods)]))
  if (methods === undefined) throw new TypeError(`methods must be ${methodsClaim.says}`)
  const written = writeCaveats(terms.caveats)
  const caveats = readCaveats(written, terms.audience)
  if (caveats.refused !== undefined) throw new TypeError(`caveats: ${caveats.refused.detail}`)
  const nonce = crypto.random(16)
  const signed = signObject(crypto, signer, 'capability', TOKEN_CLAIMS, {
    issuer: signer.principal,
    expires: terms.expires,
    nonce,
    grid: terms.grid,
    resource: terms.resource,
    methods,
    ...(terms.audience === undefined ? {} : { audience: terms.audience }),
    ...(terms.notBefore === undefined ? {} : { notBefore: terms.notBefore }),
    ...(terms.parent === undefined ? {} : { parent: terms.parent }),
    ...(written === undefined ? {} : { caveats: written }),
    ...writeHolder(keys, terms.holder),
  })
  return { ...terms, ...signed, methods, caveats: caveats.ok, issuer: signer.principal, nonce }
}

/** A token whose form was read; {@link verifyToken} decides whether its issuer signed it. */
export interface UnverifiedToken {
  readonly capability: Capability
  readonly object: SignedObject<TokenClaims>
}

/** Reads the bytes of a token: form, holder and caveats, no signature yet. */
export function readToken(crypto: CryptoProvider, keys: KeyRing, bytes: Uint8Array): Result<UnverifiedToken> {
  const object = readObject(crypto, 'capability', TOKEN_CLAIMS, bytes)
  if (object.refused !== undefined) return object
  const read = object.ok.claims
  const holder = readHolder(keys, read)
  if (holder.refused !== undefined) return holder
  const caveats = readCaveats(read.caveats, read.audience)
  if (caveats.refused !== undefined) return caveats
  const capability: Capability = {
    id: object.ok.id,
    bytes,
    grid: read.grid,
    issuer: read.issuer,
    holder: holder.ok,
    nonce: read.nonce,
    resource: read.resource,
    methods: read.methods,
    caveats: caveats.ok,
    expires: read.expires,
    ...(read.notBefore === undefined ? {} : { notBefore: read.notBefore }),
    ...(read.audience === undefined ? {} : { audience: read.audience }),
    ...(read.parent === undefined ? {} : { parent: read.parent }),
  }
  return { ok: { capability, object: object.ok } }
}

/** Whether the issuer the token names has signed it. */
export function verifyToken(crypto: CryptoProvider, keys: KeyRing, token: UnverifiedToken): Result<true> {
  return verifyObject(crypto, keys, token.object, token.capability.issuer)
}

function readHolder(keys: KeyRing, read: TokenClaims): Result<Principal | 'bearer'> {
  if ((read.confirmation === undefined) === (read.bearer === undefined)) {
    return refuse('SHAPE', 'a token names one holder in cnf, or says bearer: not both, not neither')
  }
  const { confirmation: given } = read
  if (given === undefined) return { ok: 'bearer' }
  if ('key' in given) return keys.nameOf(given.key)
  return keySetCid(given.keySet) === undefined
    ? refuse('KEY', 'this holder is not the CID of a key set')
    : { ok: given.keySet }
}

function writeHolder(
  keys: KeyRing,
  holder: Principal | 'bearer',
): Pick<TokenClaims, 'bearer'> | Pick<TokenClaims, 'confirmation'> {
  if (holder === 'bearer') return { bearer: true }
  // Whoever is granted something need not have shown his keys here yet.
  if (keySetCid(holder) !== undefined) return { confirmation: { keySet: holder } }
  const found = keys.lookUp(holder)
  const key = found.ok?.keys[0]
  if (key === undefined) throw new TypeError(`holder: ${found.refused?.detail ?? 'it has no key'}`)
  return { confirmation: { key: coseKeyOf(key.publicKey) } }
}
