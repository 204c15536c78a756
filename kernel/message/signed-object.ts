/**
 * Signed objects: capability, receipt, policy, key statement, promise. Each embeds its claims and carries a `typ` that
 * names its kind, so that none can be taken for another. Its id is the CID of the claims, never of the
 * envelope: headers and signatures can be rewritten by others, the claims cannot.
 */
import { CODEC, decodeCbor, encodeCbor, ENVELOPE_PROFILE, hashBlock } from '../../promisebase/index.ts'
import { refuse } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import { readClaims, writeClaims } from './claims.ts'
import { readSignature, sign, verifySignature } from './cose.ts'
import { OBJECT_TYPE } from './labels.ts'
import type { CID } from 'multiformats/cid'
import type { CryptoProvider } from '../../promisebase/index.ts'
import type { Result } from '../errors.ts'
import type { Principal, Signer } from '../interface.ts'
import type { ClaimsOf } from './claims.ts'
import type { ReadSignature } from './cose.ts'
import type { ObjectKind } from './labels.ts'
import type { KeyRing, PrincipalKeys } from './key-ring.ts'

/** A signed object whose form was checked; its signature is verified by {@link verifyObject}. */
export interface SignedObject<Claims> {
  readonly id: CID
  readonly bytes: Uint8Array
  readonly claims: Claims
  readonly signature: ReadSignature & { readonly payload: Uint8Array }
}

/** Signs claims as an object of a kind; returns its complete bytes and its id. @throws {RangeError} when it is too long */
export function signObject<Table extends Readonly<Record<string, unknown>>>(
  crypto: CryptoProvider,
  signer: Signer,
  kind: ObjectKind,
  table: Table,
  claims: ClaimsOf<Table>,
): { readonly bytes: Uint8Array; readonly id: CID } {
  const payload = encodeCbor(writeClaims(table, claims))
  const bytes = encodeCbor(sign(crypto, signer, payload, { detached: false, type: OBJECT_TYPE[kind] }))
  if (bytes.length > LIMITS.tokenBytes)
    throw new RangeError(`a ${kind} has at most ${LIMITS.tokenBytes} bytes, this one ${bytes.length}`)
  return { bytes, id: idOf(crypto, payload) }
}

/** Reads an object of the expected kind; nothing of it may be believed before its signature is verified. */
export function readObject<Table extends Readonly<Record<string, unknown>>>(
  crypto: CryptoProvider,
  kind: ObjectKind,
  table: Table,
  bytes: Uint8Array,
): Result<SignedObject<ClaimsOf<Table>>> {
  if (bytes.length > LIMITS.tokenBytes)
    return refuse('LIMIT', `a ${kind} has at most ${LIMITS.tokenBytes} bytes, this one ${bytes.length}`)
  const read = readSignature(bytes, { detached: false, type: OBJECT_TYPE[kind] })
  if (read.refused !== undefined) return read
  const { payload } = read.ok
  if (payload === undefined) return refuse('SHAPE', 'the payload of this object must be embedded')
  const decoded = decodeCbor(payload, ENVELOPE_PROFILE)
  if (decoded.refused !== undefined) return decoded
  const claims = readClaims(table, decoded.ok)
  if (claims.refused !== undefined) return claims
  return { ok: { id: idOf(crypto, payload), bytes, claims: claims.ok, signature: { payload, ...read.ok } } }
}

/** Whether `issuer` signed the object. */
export function verifyObject(
  crypto: CryptoProvider,
  keys: KeyRing,
  object: SignedObject<unknown>,
  issuer: Principal,
): Result<true> {
  const found = keys.read(issuer)
  return found.refused === undefined ? verifyObjectBy(crypto, keys, object, found.ok) : found
}

/** What an object says that was read, once the issuer it names has signed it. */
export function verifiedClaims<Claims extends { readonly issuer: Principal }>(
  crypto: CryptoProvider,
  keys: KeyRing,
  object: Result<SignedObject<Claims>>,
): Result<Claims> {
  if (object.refused !== undefined) return object
  const { claims } = object.ok
  const verified = verifyObject(crypto, keys, object.ok, claims.issuer)
  return verified.refused === undefined ? { ok: claims } : verified
}

/** {@link verifyObject} for an issuer whose keys were found already. */
export function verifyObjectBy(
  crypto: CryptoProvider,
  keys: KeyRing,
  { signature }: SignedObject<unknown>,
  issuer: PrincipalKeys,
): Result<true> {
  const verified = verifySignature(crypto, signature, signature.payload, issuer)
  return verified.refused === undefined ? keys.claim(issuer) : verified
}

/** The id of anything signed: CIDv1, raw, sha2-256 of the signed payload. */
export function idOf(crypto: Pick<CryptoProvider, 'sha256'>, payload: Uint8Array): CID {
  return hashBlock(crypto.sha256, CODEC.raw, payload)
}
