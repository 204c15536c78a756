/**
 * Receipts: an executor's promise that this pure invocation gives that result for that much fuel. It names
 * nobody who asked and expires never, so it can be shown to anyone (spec/result-cache.md).
 */
import { CODEC } from '../../promisebase/index.ts'
import * as claims from '../message/claims.ts'
import { CLAIM } from '../message/labels.ts'
import { readObject, signObject, verifyObject } from '../message/signed-object.ts'
import type { CID } from 'multiformats/cid'
import type { CryptoProvider } from '../../promisebase/index.ts'
import type { Result } from '../errors.ts'
import type { Signer } from '../interface.ts'
import type { ClaimsOf } from '../message/claims.ts'
import type { KeyRing } from '../message/key-ring.ts'
import type { SignedObject } from '../message/signed-object.ts'

const RECEIPT_CLAIMS = {
  executor: claims.required(CLAIM.iss, claims.text()),
  issuedAt: claims.required(CLAIM.iat, claims.uint),
  grid: claims.required(CLAIM.grid, claims.cid('a genesis block', CODEC.dagCbor)),
  cacheKey: claims.required(CLAIM.cacheKey, claims.cid('a cache key', CODEC.dagCbor)),
  result: claims.required(CLAIM.result, claims.block),
  fuel: claims.required(CLAIM.fuel, claims.uint),
  profile: claims.required(CLAIM.profile, claims.cid('a profile block', CODEC.dagCbor)),
}

/** What a receipt says. */
export type Receipt = ClaimsOf<typeof RECEIPT_CLAIMS>

export function signReceipt(
  crypto: CryptoProvider,
  signer: Signer,
  receipt: Omit<Receipt, 'executor'>,
): { readonly bytes: Uint8Array; readonly id: CID } {
  return signObject(crypto, signer, 'receipt', RECEIPT_CLAIMS, { ...receipt, executor: signer.principal })
}

/** Reads a receipt and checks its executor's signature; whether to believe the executor is the reader's. */
export function readReceipt(crypto: CryptoProvider, keys: KeyRing, bytes: Uint8Array): Result<Receipt> {
  const object = readUnverified(crypto, bytes)
  if (object.refused !== undefined) return object
  const verified = verifyObject(crypto, keys, object.ok, object.ok.claims.executor)
  return verified.refused === undefined ? { ok: object.ok.claims } : verified
}

/** What a receipt says, its executor's signature not verified yet. */
export function readUnverified(crypto: CryptoProvider, bytes: Uint8Array): Result<SignedObject<Receipt>> {
  return readObject(crypto, 'receipt', RECEIPT_CLAIMS, bytes)
}
