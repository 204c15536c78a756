/**
 * Heartbeats: a revoker says, at a time, which records it has signed. Whoever has all of them knows that nothing
 * was kept from him until then (spec/capability.md, "Heartbeats").
 */
import { CODEC, compareBytes, hashBlock } from '../../promisebase/index.ts'
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

const HEARTBEAT_CLAIMS = {
  issuer: claims.required(CLAIM.iss, claims.text()),
  issuedAt: claims.required(CLAIM.iat, claims.uint),
  grid: claims.required(CLAIM.grid, claims.cid('a genesis block', CODEC.dagCbor)),
  /** The heartbeat with the highest number stands. */
  seq: claims.required(CLAIM.seq, claims.uint),
  /** What {@link nameFeed} makes of the records its issuer has signed. */
  feed: claims.required(CLAIM.feed, claims.id),
}

/** What a heartbeat says. */
export type Heartbeat = ClaimsOf<typeof HEARTBEAT_CLAIMS>

/** Signs a heartbeat. @throws {TypeError} when it would not be read back */
export function signHeartbeat(
  crypto: CryptoProvider,
  signer: Signer,
  heartbeat: Omit<Heartbeat, 'issuer'>,
): { readonly bytes: Uint8Array; readonly id: CID } {
  return signObject(crypto, signer, 'heartbeat', HEARTBEAT_CLAIMS, { ...heartbeat, issuer: signer.principal })
}

/** Reads a heartbeat and checks its issuer's signature. */
export function readHeartbeat(crypto: CryptoProvider, keys: KeyRing, bytes: Uint8Array): Result<Heartbeat> {
  return verifiedClaims(crypto, keys, readUnverifiedHeartbeat(crypto, bytes))
}

/** The form alone: nobody may believe it before its signature is verified. */
export function readUnverifiedHeartbeat(
  crypto: CryptoProvider,
  bytes: Uint8Array,
): Result<SignedObject<Heartbeat>> {
  return readObject(crypto, 'heartbeat', HEARTBEAT_CLAIMS, bytes)
}

/** One name for one set of records, the empty one too: the CID of their ids in ascending order. */
export function nameFeed(crypto: Pick<CryptoProvider, 'sha256'>, ids: readonly CID[]): CID {
  const sorted = ids.map(({ bytes }) => bytes).sort(compareBytes)
  const all = new Uint8Array(sorted.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const bytes of sorted) {
    all.set(bytes, at)
    at += bytes.length
  }
  return hashBlock(crypto.sha256, CODEC.raw, all)
}
