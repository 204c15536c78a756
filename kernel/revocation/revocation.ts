/**
 * Revocations: an issuer takes back a promise. A record names the token by its id, so that no other spelling of
 * the token escapes it, and says nothing else: it does not expire, and nothing undoes it
 * (spec/capability.md, "Revocation records").
 */
import { CODEC } from '../../promisebase/index.ts'
import * as claims from '../message/claims.ts'
import { CLAIM } from '../message/labels.ts'
import { readObject, signObject, verifiedClaims } from '../message/signed-object.ts'
import type { CID } from 'multiformats/cid'
import type { CryptoProvider } from '../../promisebase/index.ts'
import type { Result } from '../errors.ts'
import type { Signer } from '../interface.ts'
import type { ClaimsOf } from '../message/claims.ts'
import type { KeyRing } from '../message/key-ring.ts'
import type { SignedObject } from '../message/signed-object.ts'

const REVOCATION_CLAIMS = {
  issuer: claims.required(CLAIM.iss, claims.text()),
  issuedAt: claims.required(CLAIM.iat, claims.uint),
  grid: claims.required(CLAIM.grid, claims.cid('a genesis block', CODEC.dagCbor)),
  /** The id of the token; the token itself need not be known to anybody. */
  revoked: claims.required(CLAIM.revoked, claims.id),
}

/** What a revocation record says. */
export type Revocation = ClaimsOf<typeof REVOCATION_CLAIMS>

/** Signs a record. Whether it counts for a chain is for each node to see. @throws {TypeError} when it would not be read back */
export function signRevocation(
  crypto: CryptoProvider,
  signer: Signer,
  revocation: Omit<Revocation, 'issuer'>,
): { readonly bytes: Uint8Array; readonly id: CID } {
  return signObject(crypto, signer, 'revocation', REVOCATION_CLAIMS, {
    ...revocation,
    issuer: signer.principal,
  })
}

/** Reads a record and checks its issuer's signature. */
export function readRevocation(crypto: CryptoProvider, keys: KeyRing, bytes: Uint8Array): Result<Revocation> {
  return verifiedClaims(crypto, keys, readUnverifiedRevocation(crypto, bytes))
}

/** The form alone: nobody may believe it before its signature is verified. */
export function readUnverifiedRevocation(
  crypto: CryptoProvider,
  bytes: Uint8Array,
): Result<SignedObject<Revocation>> {
  return readObject(crypto, 'revocation', REVOCATION_CLAIMS, bytes)
}
