/**
 * COSE_Sign1 (RFC 9052) as this protocol uses it: algorithm and key identifier protected, the signed bytes
 * either embedded or detached. The received bytes are what is verified; nothing is encoded again.
 */
import { CborTagged, decodeCbor, encodeCbor, ENVELOPE_PROFILE } from '../../promisebase/index.ts'
import { refuse } from '../errors.ts'
import { COSE_ALGORITHM, thumbprint } from './principal.ts'
import type { CborMap, CborValue, CryptoProvider } from '../../promisebase/index.ts'
import type { Result } from '../errors.ts'
import type { Signer } from '../interface.ts'
import type { PrincipalKey } from './principal.ts'

const COSE_SIGN1 = 18
const HEADER = { alg: 1, kid: 4, typ: 16 } as const
const NOTHING = new Uint8Array(0)

/** A COSE_Sign1 whose form was checked and whose signature was not, yet. */
export interface Sign1 {
  /** The protected header exactly as received. */
  readonly protectedBytes: Uint8Array
  readonly algorithm: number
  readonly kid: Uint8Array
  /** The embedded payload; absent when detached. */
  readonly payload?: Uint8Array
  readonly signature: Uint8Array
}

/** What the reader expects. A detached one carries no `typ`: the envelope around it says what it is. */
export type Sign1Form = { readonly detached: true } | { readonly detached: false; readonly type: string }

/** Signs `payload` and returns the tagged COSE_Sign1. */
export function sign1(
  crypto: CryptoProvider,
  signer: Signer,
  payload: Uint8Array,
  form: Sign1Form,
): Uint8Array {
  const protectedBytes = protectedHeader(crypto, signer, form)
  const signature = signer.sign(signedBytes(protectedBytes, payload))
  return encodeCbor(
    new CborTagged(COSE_SIGN1, [protectedBytes, new Map(), form.detached ? null : payload, signature]),
  )
}

/** The header of a signer's messages is always the same, and its thumbprint costs a hash. */
const detachedHeaders = new WeakMap<Signer, Uint8Array>()

function protectedHeader(crypto: CryptoProvider, signer: Signer, form: Sign1Form): Uint8Array {
  const known = form.detached ? detachedHeaders.get(signer) : undefined
  if (known !== undefined) return known
  const header: CborMap = new Map<number, CborValue>([
    [HEADER.alg, COSE_ALGORITHM[signer.publicKey.algorithm]],
    [HEADER.kid, thumbprint(crypto, signer.publicKey)],
  ])
  if (!form.detached) header.set(HEADER.typ, form.type)
  const bytes = encodeCbor(header)
  if (form.detached) detachedHeaders.set(signer, bytes)
  return bytes
}

/** Reads a tagged COSE_Sign1 of exactly the expected form. */
export function readSign1(bytes: Uint8Array, form: Sign1Form): Result<Sign1> {
  const decoded = decodeCbor(bytes, ENVELOPE_PROFILE)
  if (decoded.refused !== undefined) return decoded
  const parts =
    decoded.ok instanceof CborTagged && decoded.ok.tag === COSE_SIGN1 ? decoded.ok.value : undefined
  if (!Array.isArray(parts) || parts.length !== 4)
    return refuse('SHAPE', 'a signature is a COSE_Sign1: tag 18 over four elements')
  const [protectedBytes, unprotected, payload, signature] = parts
  if (!(protectedBytes instanceof Uint8Array) || !(unprotected instanceof Map))
    return refuse('SHAPE', 'COSE headers are a byte string and a map')
  if (!(signature instanceof Uint8Array)) return refuse('SHAPE', 'a COSE signature is a byte string')
  const header = readHeader(protectedBytes, unprotected, form)
  if (header.refused !== undefined) return header
  if (form.detached) {
    if (payload !== null) return refuse('SHAPE', 'the payload of this signature must be detached (nil)')
    return { ok: { protectedBytes, signature, ...header.ok } }
  }
  if (!(payload instanceof Uint8Array)) return refuse('SHAPE', 'the payload of this object must be embedded')
  return { ok: { protectedBytes, signature, payload, ...header.ok } }
}

/** Whether `key` made this signature over `payload`: algorithm, key identifier and mathematics. */
export function verifySign1(
  crypto: CryptoProvider,
  sign1: Sign1,
  payload: Uint8Array,
  key: PrincipalKey,
): Result<true> {
  if (sign1.algorithm !== key.coseAlgorithm) {
    return refuse(
      'ALG',
      `header says ${sign1.algorithm}, the key of ${key.principal} signs with ${key.coseAlgorithm}`,
    )
  }
  if (!equalBytes(sign1.kid, key.kid)) return refuse('KEY', `kid is not the thumbprint of ${key.principal}`)
  if (sign1.signature.length !== 64)
    return refuse('SIG', `a signature has 64 bytes, this one ${sign1.signature.length}`)
  const holds = crypto.verify(key.publicKey, signedBytes(sign1.protectedBytes, payload), sign1.signature)
  return holds
    ? { ok: true }
    : refuse('SIG', `the signature of ${key.principal} does not verify over the received bytes`)
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let index = 0; index < a.length; index += 1) if (a[index] !== b[index]) return false
  return true
}

/** Sig_structure of RFC 9052 section 4.4, external_aad empty. */
function signedBytes(protectedBytes: Uint8Array, payload: Uint8Array): Uint8Array {
  return encodeCbor(['Signature1', protectedBytes, NOTHING, payload])
}

function readHeader(
  protectedBytes: Uint8Array,
  unprotected: CborMap,
  form: Sign1Form,
): Result<Pick<Sign1, 'algorithm' | 'kid'>> {
  const decoded = decodeCbor(protectedBytes, ENVELOPE_PROFILE)
  if (decoded.refused !== undefined) return decoded
  if (!(decoded.ok instanceof Map)) return refuse('SHAPE', 'a protected header is a map')
  const header = decoded.ok
  const algorithm = header.get(HEADER.alg)
  if (typeof algorithm !== 'number') return refuse('ALG', 'the protected header names no algorithm')
  if (!form.detached && header.get(HEADER.typ) !== form.type)
    return refuse('SHAPE', `typ must be ${form.type}`)
  const kidIsProtected = header.has(HEADER.kid)
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
