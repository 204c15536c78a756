/**
 * Signatures as this protocol uses COSE (RFC 9052): a did:key signs by COSE_Sign1, a key set by COSE_Sign with one
 * COSE_Signature per key, in the order of the set. Algorithm and key identifier are protected, and so is `typ` where
 * the payload is embedded. The received bytes are what is verified; nothing is encoded again.
 */
import {
  BoundedMap,
  bytesKey,
  CborTagged,
  decodeCbor,
  encodeCbor,
  ENVELOPE_PROFILE,
} from '../../promisebase/index.ts'
import { withSigStructure } from '../cose/structures.ts'
import { refuse } from '../errors.ts'
import { COSE_ALGORITHM, thumbprint } from './cose-key.ts'
import { equalBytes } from './equal-bytes.ts'
import { KEYS_MAX, signatureSize } from './key-set.ts'
import type { CborMap, CborValue, CryptoProvider } from '../../promisebase/index.ts'
import type { Result } from '../errors.ts'
import type { Signer, SigningKey } from '../interface.ts'
import type { PrincipalKeys } from './key-ring.ts'
import type { VerificationKey } from './key-set.ts'

const COSE_SIGN1 = 18
const COSE_SIGN = 98
const HEADER = { alg: 1, kid: 4, typ: 16 } as const
const NOTHING = new Uint8Array(0)

/** A signature whose form was checked and whose mathematics were not, yet. */
export interface ReadSignature {
  /** Made by a key set: a COSE_Sign. */
  readonly isSet: boolean
  /** As many as keys have signed; one in a COSE_Sign1. */
  readonly parts: readonly SignaturePart[]
  /** The embedded payload; absent when detached. */
  readonly payload?: Uint8Array
}

/** What one key has signed. */
export interface SignaturePart {
  /** The protected header exactly as received. */
  readonly protectedBytes: Uint8Array
  readonly algorithm: number
  readonly kid: Uint8Array
  readonly signature: Uint8Array
}

/** What the reader expects. A detached one carries no `typ`: the envelope around it says what it is. */
export type SignatureForm = { readonly detached: true } | { readonly detached: false; readonly type: string }

// -------------------------------------------------------------------------------------------------- signing

/** Signs `payload` with every key of the signer and returns the tagged COSE_Sign1 or COSE_Sign, to be encoded. */
export function sign(
  crypto: CryptoProvider,
  signer: Signer,
  payload: Uint8Array,
  form: SignatureForm,
): CborTagged {
  const embedded = form.detached ? null : payload
  const isSet = signer.keySet !== undefined
  const made = signer.keys.map((key) => signWith(crypto, key, payload, form, isSet))
  const [only] = made
  if (isSet || only === undefined)
    return new CborTagged(COSE_SIGN, [
      NOTHING,
      new Map(),
      embedded,
      made.map(({ protectedBytes, signature }): CborValue => [protectedBytes, new Map(), signature]),
    ])
  return new CborTagged(COSE_SIGN1, [only.protectedBytes, new Map(), embedded, only.signature])
}

function signWith(
  crypto: CryptoProvider,
  key: SigningKey,
  payload: Uint8Array,
  form: SignatureForm,
  isSet: boolean,
): Pick<SignaturePart, 'protectedBytes' | 'signature'> {
  const protectedBytes = protectedHeader(crypto, key, form)
  const signature = withSignedBytes(isSet, protectedBytes, payload, (bytes) => key.sign(bytes))
  return { protectedBytes, signature }
}

/** The header of a key's messages is always the same, and its thumbprint costs a hash. */
const detachedHeaders = new WeakMap<SigningKey, Uint8Array>()

function protectedHeader(crypto: CryptoProvider, key: SigningKey, form: SignatureForm): Uint8Array {
  const known = form.detached ? detachedHeaders.get(key) : undefined
  if (known !== undefined) return known
  const header: CborMap = new Map<number, CborValue>([
    [HEADER.alg, COSE_ALGORITHM[key.publicKey.algorithm]],
    [HEADER.kid, thumbprint(crypto, key.publicKey)],
  ])
  if (!form.detached) header.set(HEADER.typ, form.type)
  const bytes = encodeCbor(header)
  if (form.detached) detachedHeaders.set(key, bytes)
  return bytes
}

/** Sig_structure of RFC 9052 section 4.4, external_aad empty; lent to whoever signs or verifies it. */
function withSignedBytes<T>(
  isSet: boolean,
  protectedBytes: Uint8Array,
  payload: Uint8Array,
  use: (bytes: Uint8Array) => T,
): T {
  return isSet
    ? withSigStructure('Signature', NOTHING, protectedBytes, payload, use)
    : withSigStructure('Signature1', protectedBytes, undefined, payload, use)
}

// -------------------------------------------------------------------------------------------------- reading

/** Reads a tagged COSE_Sign1 or COSE_Sign of exactly the expected form. */
export function readSignature(bytes: Uint8Array, form: SignatureForm): Result<ReadSignature> {
  const decoded = decodeCbor(bytes, ENVELOPE_PROFILE)
  if (decoded.refused !== undefined) return decoded
  const tagged = decoded.ok instanceof CborTagged ? decoded.ok : undefined
  const elements = tagged?.value
  const isSet = tagged?.tag === COSE_SIGN
  if ((!isSet && tagged?.tag !== COSE_SIGN1) || !Array.isArray(elements) || elements.length !== 4)
    return refuse('SHAPE', 'a signature is a COSE_Sign1 or COSE_Sign: tag 18 or 98 over four elements')
  const [protectedBytes = null, unprotected = null, payload = null, last = null] = elements
  const parts = isSet
    ? readSet(protectedBytes, unprotected, last, form)
    : readAlone([protectedBytes, unprotected, last], form)
  if (parts.refused !== undefined) return parts
  if (form.detached) {
    if (payload !== null) return refuse('SHAPE', 'the payload of this signature must be detached (nil)')
    return { ok: { isSet, parts: parts.ok } }
  }
  if (!(payload instanceof Uint8Array)) return refuse('SHAPE', 'the payload of this object must be embedded')
  return { ok: { isSet, parts: parts.ok, payload } }
}

function readAlone(elements: readonly CborValue[], form: SignatureForm): Result<readonly SignaturePart[]> {
  const part = readPart(elements, form, true)
  return part.refused === undefined ? { ok: [part.ok] } : part
}

/** The body of a set signs nothing by its headers: what is said there is said by each signature. */
function readSet(
  protectedBytes: CborValue,
  unprotected: CborValue,
  signatures: CborValue,
  form: SignatureForm,
): Result<readonly SignaturePart[]> {
  const isBare =
    protectedBytes instanceof Uint8Array &&
    protectedBytes.length === 0 &&
    unprotected instanceof Map &&
    unprotected.size === 0
  if (!isBare) return refuse('SHAPE', 'the headers of a COSE_Sign are an empty byte string and an empty map')
  if (!Array.isArray(signatures) || signatures.length === 0 || signatures.length > KEYS_MAX)
    return refuse('SHAPE', `a COSE_Sign holds 1 to ${KEYS_MAX} signatures`)
  const parts: SignaturePart[] = []
  for (const each of signatures) {
    if (!Array.isArray(each) || each.length !== 3)
      return refuse('SHAPE', 'a COSE_Signature is an array of three elements')
    const part = readPart(each, form, false)
    if (part.refused !== undefined) return part
    parts.push(part.ok)
  }
  return { ok: parts }
}

function readPart(
  [protectedBytes, unprotected, signature]: readonly CborValue[],
  form: SignatureForm,
  mayLeaveKid: boolean,
): Result<SignaturePart> {
  if (!(protectedBytes instanceof Uint8Array) || !(unprotected instanceof Map))
    return refuse('SHAPE', 'COSE headers are a byte string and a map')
  if (!(signature instanceof Uint8Array)) return refuse('SHAPE', 'a COSE signature is a byte string')
  const header = readHeader(protectedBytes, unprotected, form, mayLeaveKid)
  return header.refused === undefined ? { ok: { protectedBytes, signature, ...header.ok } } : header
}

/**
 * Protected headers of messages by their bytes: all messages of a key have the same one. With nothing beside it,
 * and kid therefore in it, what it says depends on these bytes alone.
 */
const knownHeaders = new BoundedMap<string, Pick<SignaturePart, 'algorithm' | 'kid'>>(1_024)
/** A header of ours has 40 bytes or so; longer ones are not worth the room. */
const KNOWN_HEADER_BYTES_MAX = 64

function readHeader(
  protectedBytes: Uint8Array,
  unprotected: CborMap,
  form: SignatureForm,
  mayLeaveKid: boolean,
): Result<Pick<SignaturePart, 'algorithm' | 'kid'>> {
  const isPlain = form.detached && unprotected.size === 0 && protectedBytes.length <= KNOWN_HEADER_BYTES_MAX
  if (!isPlain) return readNewHeader(protectedBytes, unprotected, form, mayLeaveKid)
  const name = bytesKey(protectedBytes)
  const known = knownHeaders.get(name)
  if (known !== undefined) return { ok: { algorithm: known.algorithm, kid: known.kid.slice() } }
  const read = readNewHeader(protectedBytes, unprotected, form, mayLeaveKid)
  // A copy: what is remembered keeps no message alive, and whoever is given a kid may write over it.
  if (read.refused === undefined) knownHeaders.set(name, { ...read.ok, kid: new Uint8Array(read.ok.kid) })
  return read
}

function readNewHeader(
  protectedBytes: Uint8Array,
  unprotected: CborMap,
  form: SignatureForm,
  mayLeaveKid: boolean,
): Result<Pick<SignaturePart, 'algorithm' | 'kid'>> {
  const decoded = decodeCbor(protectedBytes, ENVELOPE_PROFILE)
  if (decoded.refused !== undefined) return decoded
  if (!(decoded.ok instanceof Map)) return refuse('SHAPE', 'a protected header is a map')
  const header = decoded.ok
  const algorithm = header.get(HEADER.alg)
  if (typeof algorithm !== 'number') return refuse('ALG', 'the protected header names no algorithm')
  if (!form.detached && header.get(HEADER.typ) !== form.type)
    return refuse('SHAPE', `typ must be ${form.type}`)
  const kidIsProtected = !mayLeaveKid || header.has(HEADER.kid)
  const expected = (form.detached ? 1 : 2) + (kidIsProtected ? 1 : 0)
  if (header.size !== expected)
    return refuse('SHAPE', 'the protected header holds a label that is not allowed here')
  if (unprotected.size !== (kidIsProtected ? 0 : 1))
    return refuse('SHAPE', 'the unprotected header must be empty, or hold only kid')
  const kid = kidIsProtected ? header.get(HEADER.kid) : unprotected.get(HEADER.kid)
  if (!(kid instanceof Uint8Array) || kid.length !== 32)
    return refuse('SHAPE', 'kid must be a 32-byte key thumbprint')
  return { ok: { algorithm, kid } }
}

// ------------------------------------------------------------------------------------------------ verifying

/** Whether `signer` made this signature over `payload`: algorithms, key identifiers and mathematics of every key. */
export function verifySignature(
  crypto: CryptoProvider,
  { isSet, parts }: ReadSignature,
  payload: Uint8Array,
  signer: PrincipalKeys,
): Result<true> {
  const { principal, keys } = signer
  if (isSet !== (signer.keySet !== undefined))
    return refuse('SHAPE', `${principal} signs by ${isSet ? 'COSE_Sign1' : 'COSE_Sign'}`)
  // Leaving out a key is leaving out its algorithm: nobody may weaken a set.
  if (parts.length !== keys.length)
    return refuse('ALG', `${parts.length} signatures, and ${principal} has ${keys.length} keys`)
  for (let at = 0; at < keys.length; at += 1) {
    const other = mismatch(parts[at] as SignaturePart, keys[at] as VerificationKey, principal)
    if (other !== undefined) return other
  }
  return holds(crypto, { isSet, parts }, payload, keys)
    ? { ok: true }
    : refuse('SIG', `the signature of ${principal} does not verify over the received bytes`)
}

function mismatch(
  part: SignaturePart,
  { coseAlgorithm, kid, publicKey }: VerificationKey,
  principal: string,
): ReturnType<typeof refuse> | undefined {
  if (part.algorithm !== coseAlgorithm)
    return refuse('ALG', `header says ${part.algorithm}, the key of ${principal} signs with ${coseAlgorithm}`)
  if (!equalBytes(part.kid, kid)) return refuse('KEY', `kid is not the thumbprint of ${principal}`)
  const size = signatureSize(publicKey)
  return part.signature.length === size
    ? undefined
    : refuse('SIG', `a signature has ${size} bytes, this one ${part.signature.length}`)
}

/** The quick ones first, so that a forger of those cannot make us do the slow ones. The verdict is one either way. */
function holds(
  crypto: CryptoProvider,
  { isSet, parts }: Pick<ReadSignature, 'isSet' | 'parts'>,
  payload: Uint8Array,
  keys: readonly VerificationKey[],
): boolean {
  const verify = ({ publicKey }: VerificationKey, at: number): boolean => {
    const { protectedBytes, signature } = parts[at] as SignaturePart
    return withSignedBytes(isSet, protectedBytes, payload, (bytes) =>
      crypto.verify(publicKey, bytes, signature),
    )
  }
  if (!isSet) return keys.every(verify)
  return (
    keys.every((key, at) => isSlow(key) || verify(key, at)) &&
    keys.every((key, at) => !isSlow(key) || verify(key, at))
  )
}

function isSlow({ publicKey }: VerificationKey): boolean {
  return publicKey.algorithm.startsWith('ML-DSA')
}
