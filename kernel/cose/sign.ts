/** COSE_Sign (RFC 9052 section 4.1): several signatures over one payload, each with headers of its own. */
import { CborTagged, encodeCbor } from '../../promisebase/index.ts'
import { refuse } from '../errors.ts'
import { isKid, requireAlgorithm } from './header.ts'
import { COSE_TAG } from './labels.ts'
import { COSE_LIMITS } from './limits.ts'
import { joinDetached, readDetachable, readParts, splitParts } from './read.ts'
import { signatureKey } from './signature-algorithms.ts'
import { encodeProtected, signerHeaders } from './signer.ts'
import { sigStructure } from './structures.ts'
import type { CborValue, CryptoProvider } from '../../promisebase/index.ts'
import type { Result } from '../errors.ts'
import type { CoseHeaders } from './header.ts'
import type { CoseReading } from './item.ts'
import type { CoseKey } from './key.ts'
import type { CoseBinding, SigningOptions } from './sign1.ts'
import type { CoseSigner } from './signer.ts'

export interface CoseSignature {
  readonly headers: CoseHeaders
  readonly algorithm: number
  readonly signature: Uint8Array
}

/** A COSE_Sign whose form was checked and whose signatures were not. */
export interface CoseSign {
  readonly headers: CoseHeaders
  readonly payload?: Uint8Array
  readonly signatures: readonly CoseSignature[]
}

const NOTHING = new Uint8Array(0)

export function readCoseSign(bytes: Uint8Array, reading: CoseReading = {}): Result<CoseSign> {
  const parts = readParts('Sign', bytes, reading)
  if (parts.refused !== undefined) return parts
  const { headers, rest } = parts.ok
  const payload = readDetachable(rest[0], 'payload')
  if (payload.refused !== undefined) return payload
  const signatures = readSignatures(rest[1], reading)
  if (signatures.refused !== undefined) return signatures
  return { ok: { headers, signatures: signatures.ok, ...(payload.ok && { payload: payload.ok }) } }
}

function readSignatures(value: CborValue | undefined, reading: CoseReading): Result<CoseSignature[]> {
  if (!Array.isArray(value) || value.length === 0)
    return refuse('SHAPE', 'a COSE_Sign has an array of at least one signature')
  if (value.length > COSE_LIMITS.signers)
    return refuse('LIMIT', `a COSE_Sign has at most ${COSE_LIMITS.signers} signatures`)
  const signatures: CoseSignature[] = []
  for (const each of value) {
    const signature = readSignature(each, reading)
    if (signature.refused !== undefined) return signature
    signatures.push(signature.ok)
  }
  return { ok: signatures }
}

function readSignature(value: CborValue, reading: CoseReading): Result<CoseSignature> {
  const parts = splitParts('COSE_Signature', value, 1, reading)
  if (parts.refused !== undefined) return parts
  const { headers, rest } = parts.ok
  const algorithm = requireAlgorithm(headers, reading)
  if (algorithm.refused !== undefined) return algorithm
  const signature = rest[0]
  if (!(signature instanceof Uint8Array)) return refuse('SHAPE', 'a signature is a byte string')
  return { ok: { headers, algorithm: algorithm.ok, signature } }
}

/**
 * The payload, once every one of `keys` has been found to have signed it, each with a signature of its own.
 * Signatures of further keys, about which the caller knows nothing, prove nothing and change nothing.
 * @throws {RangeError} for no key, or more than `COSE_LIMITS.signers`
 */
export function verifyCoseSign(
  crypto: CryptoProvider,
  sign: CoseSign,
  keys: readonly CoseKey[],
  { detached, externalAad = NOTHING }: CoseBinding = {},
): Result<Uint8Array> {
  if (keys.length === 0 || keys.length > COSE_LIMITS.signers)
    throw new RangeError(`keys must be 1 to ${COSE_LIMITS.signers}`)
  const payload = joinDetached(sign.payload, detached, 'payload')
  if (payload.refused !== undefined) return payload
  const left = new Set(sign.signatures)
  for (const key of keys) {
    const found = findSignature(crypto, { sign, externalAad, payload: payload.ok }, left, key)
    if (found.refused !== undefined) return found
    left.delete(found.ok)
  }
  return payload
}

interface Signed {
  readonly sign: CoseSign
  readonly externalAad: Uint8Array
  readonly payload: Uint8Array
}

/** The signature of one key among those left; the refusal is that of the last one that could have been it. */
function findSignature(
  crypto: CryptoProvider,
  signed: Signed,
  left: ReadonlySet<CoseSignature>,
  key: CoseKey,
): Result<CoseSignature> {
  let last: Result<CoseSignature> = refuse('KEY', 'no signature names this key')
  for (const signature of left) {
    if (!isKid(signature.headers, key)) continue
    const verified = verifySignature(crypto, signed, signature, key)
    if (verified.refused === undefined) return { ok: signature }
    last = verified
  }
  return last
}

function verifySignature(
  crypto: CryptoProvider,
  { sign, externalAad, payload }: Signed,
  { headers, algorithm, signature }: CoseSignature,
  key: CoseKey,
): Result<true> {
  const ready = signatureKey(crypto, algorithm, key, 'verify')
  if (ready.refused !== undefined) return ready
  const [body, own] = [sign.headers.protectedBytes, headers.protectedBytes]
  return ready.ok.verify(sigStructure('Signature', body, own, externalAad, payload), signature)
    ? { ok: true }
    : refuse('SIG', 'the signature does not verify over the received bytes')
}

/** Signs with each signer, in this order; the object is tagged and deterministic. */
export function signCoseSign(
  signers: readonly CoseSigner[],
  payload: Uint8Array,
  { externalAad = NOTHING, detached = false, ...further }: SigningOptions = {},
): Uint8Array {
  if (signers.length === 0 || signers.length > COSE_LIMITS.signers)
    throw new RangeError(`signers must be 1 to ${COSE_LIMITS.signers}`)
  const body = encodeProtected(further.protected)
  const signatures = signers.map((signer) => {
    const headers = signerHeaders(signer, {})
    const own = encodeCbor(headers.protected)
    const signature = signer.sign(sigStructure('Signature', body, own, externalAad, payload))
    return [own, headers.unprotected, signature]
  })
  const unprotected = further.unprotected ?? new Map()
  return encodeCbor(new CborTagged(COSE_TAG.Sign, [body, unprotected, detached ? null : payload, signatures]))
}
