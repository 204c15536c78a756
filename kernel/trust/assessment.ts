/**
 * Assessments: what a principal says about how another has kept its word. It is its issuer's word and nobody's
 * fact: whoever reads it decides what it counts for (spec/trust.md, "Assessment").
 */
import { CODEC } from '../../promisebase/index.ts'
import { refuse } from '../errors.ts'
import * as claims from '../message/claims.ts'
import { checkPrincipal } from '../message/key-ring.ts'
import { CLAIM } from '../message/labels.ts'
import { readObject, signObject, verifiedClaims } from '../message/signed-object.ts'
import { countsClaim } from './standing.ts'
import type { CID } from 'multiformats/cid'
import type { CryptoProvider } from '../../promisebase/index.ts'
import type { Result } from '../errors.ts'
import type { Signer } from '../interface.ts'
import type { ClaimsOf } from '../message/claims.ts'
import type { KeyRing } from '../message/key-ring.ts'
import type { SignedObject } from '../message/signed-object.ts'

const ASSESSMENT_CLAIMS = {
  issuer: claims.required(CLAIM.iss, claims.text()),
  issuedAt: claims.required(CLAIM.iat, claims.uint),
  grid: claims.required(CLAIM.grid, claims.cid('a genesis block', CODEC.dagCbor)),
  subject: claims.required(CLAIM.subject, claims.text()),
  counts: claims.required(CLAIM.counts, countsClaim),
  protocol: claims.optional(CLAIM.protocol, claims.cid('a protocol CID', CODEC.raw, CODEC.dagCbor)),
}

/** What an assessment says; without a protocol it is about all of them. */
export type Assessment = ClaimsOf<typeof ASSESSMENT_CLAIMS>

/** Signs an assessment. @throws {TypeError} when it would not be read back */
export function signAssessment(
  crypto: CryptoProvider,
  signer: Signer,
  assessment: Omit<Assessment, 'issuer'>,
): { readonly bytes: Uint8Array; readonly id: CID } {
  return signObject(crypto, signer, 'assessment', ASSESSMENT_CLAIMS, {
    ...assessment,
    issuer: signer.principal,
  })
}

/** Reads an assessment and checks its issuer's signature. */
export function readAssessment(crypto: CryptoProvider, keys: KeyRing, bytes: Uint8Array): Result<Assessment> {
  return verifiedClaims(crypto, keys, readUnverifiedAssessment(crypto, keys, bytes))
}

/** An assessment of the right form, its signature not verified yet. */
export function readUnverifiedAssessment(
  crypto: CryptoProvider,
  keys: KeyRing,
  bytes: Uint8Array,
): Result<SignedObject<Assessment>> {
  const object = readObject(crypto, 'assessment', ASSESSMENT_CLAIMS, new Uint8Array(bytes))
  if (object.refused !== undefined) return object
  const { issuer, subject } = object.ok.claims
  if (issuer === subject) return refuse('SHAPE', 'nobody assesses himself')
  const named = checkPrincipal(keys, subject)
  return named.refused === undefined ? object : named
}
