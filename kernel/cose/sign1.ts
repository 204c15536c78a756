/** COSE_Sign1 (RFC 9052 section 4.2): one signature, the algorithm of one key. */
import { CborTagged, encodeCbor } from '../../promisebase/index.ts'
import { refuse } from '../errors.ts'
import { checkKid, requireAlgorithm } from './header.ts'
import { COSE_TAG } from './labels.ts'
import { joinDetached, readDetachable, readParts } from './read.ts'
import { signatureKey } from './signature-algorithms.ts'
import { signerHeaders } from './signer.ts'
import { sigStructure } from './structures.ts'
import type { CborMap, CryptoProvider } from '../../promisebase/index.ts'
import type { Result } from '../errors.ts'
import type { CoseHeaders } from './header.ts'
import type { CoseReading } from './item.ts'
import type { CoseKey } from './key.ts'
import type { CoseSigner } from './signer.ts'

/** A COSE_Sign1 whose form was checked and whose signature was not. */
export interface CoseSign1 {
  readonly headers: CoseHeaders
  readonly algorithm: number
  /** Absent when detached. */
  readonly payload?: Uint8Array
  readonly signature: Uint8Array
}

/** What is bound by a signature, a tag or a seal and does not travel inside the object. */
export interface CoseBinding {
  /** The payload or ciphertext of an object that came without it. */
  readonly detached?: Uint8Array
  readonly externalAad?: Uint8Array
}

export interface SigningOptions {
  readonly protected?: CborMap
  readonly unprotected?: CborMap
  readonly externalAad?: Uint8Array
  /** Leaves the payload out of the object. */
  readonly detached?: boolean
}

const NOTHING = new Uint8Array(0)

export function readCoseSign1(bytes: Uint8Array, reading: CoseReading = {}): Result<CoseSign1> {
  const parts = readParts('Sign1', bytes, reading)
  if (parts.refused !== undefined) return parts
  const { headers, rest } = parts.ok
  const algorithm = requireAlgorithm(headers, reading)
  if (algorithm.refused !== undefined) return algorithm
  const payload = readDetachable(rest[0], 'payload')
  if (payload.refused !== undefined) return payload
  const signature = rest[1]
  if (!(signature instanceof Uint8Array)) return refuse('SHAPE', 'a signature is a byte string')
  return {
    ok: { headers, algorithm: algorithm.ok, signature, ...(payload.ok && { payload: payload.ok }) },
  }
}

/** The payload, once the key has been found to have signed it. */
export function verifyCoseSign1(
  crypto: CryptoProvider,
  sign1: CoseSign1,
  key: CoseKey,
  { detached, externalAad = NOTHING }: CoseBinding = {},
): Result<Uint8Array> {
  const payload = joinDetached(sign1.payload, detached, 'payload')
  if (payload.refused !== undefined) return payload
  const kid = checkKid(sign1.headers, key)
  if (kid.refused !== undefined) return kid
  const ready = signatureKey(crypto, sign1.algorithm, key, 'verify')
  if (ready.refused !== undefined) return ready
  const signed = sigStructure('Signature1', sign1.headers.protectedBytes, undefined, externalAad, payload.ok)
  return ready.ok.verify(signed, sign1.signature)
    ? payload
    : refuse('SIG', 'the signature does not verify over the received bytes')
}

/** Signs; the object is tagged and deterministic. */
export function signCoseSign1(
  signer: CoseSigner,
  payload: Uint8Array,
  { externalAad = NOTHING, detached = false, ...further }: SigningOptions = {},
): Uint8Array {
  const headers = signerHeaders(signer, further)
  const protectedBytes = encodeCbor(headers.protected)
  const signature = signer.sign(sigStructure('Signature1', protectedBytes, undefined, externalAad, payload))
  return encodeCbor(
    new CborTagged(COSE_TAG.Sign1, [
      protectedBytes,
      headers.unprotected,
      detached ? null : payload,
      signature,
    ]),
  )
}
