/** Raw keys as node:crypto wants them, and which kinds this node has at all. */
import * as crypto from 'node:crypto'

import type { JsonWebKey, KeyObject } from 'node:crypto'
import type { AgreementAlgorithm, SignatureAlgorithm } from '../../../promisebase/index.ts'

/** The kinds whose raw bytes stand at the end of their DER form. */
export type RawKind = Exclude<SignatureAlgorithm, 'PS256'> | Exclude<AgreementAlgorithm, 'X-Wing'>

/** What stands in front of a raw key in SubjectPublicKeyInfo (RFC 8410, 5480, 9881, 9935), and its size. */
const PUBLIC_DER: Record<RawKind, readonly [prefix: Uint8Array, size: number]> = {
  Ed25519: [hex('302a300506032b6570032100'), 32],
  ESP256: [hex('3059301306072a8648ce3d020106082a8648ce3d030107034200'), 65],
  'ML-DSA-44': [hex('30820532300b06096086480165030403110382052100'), 1312],
  'ML-DSA-65': [hex('308207b2300b0609608648016503040312038207a100'), 1952],
  'ML-DSA-87': [hex('30820a32300b060960864801650304031303820a2100'), 2592],
  X25519: [hex('302a300506032b656e032100'), 32],
  'ML-KEM-768': [hex('308204b2300b0609608648016503040402038204a100'), 1184],
}

/** What stands in front of a raw secret, or of a seed, in PKCS#8 (RFC 5958). */
const SECRET_DER: Record<RawKind, Uint8Array> = {
  Ed25519: hex('302e020100300506032b657004220420'),
  ESP256: hex('3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420'),
  'ML-DSA-44': hex('3034020100300b060960864801650304031104228020'),
  'ML-DSA-65': hex('3034020100300b060960864801650304031204228020'),
  'ML-DSA-87': hex('3034020100300b060960864801650304031304228020'),
  X25519: hex('302e020100300506032b656e04220420'),
  'ML-KEM-768': hex('3054020100300b060960864801650304040204428040'),
}

const RSA_BITS_MIN = 2048
const RSA_BITS_MAX = 4096
const RSA_EXPONENT = 65537n

export function importPublicKey(kind: RawKind | 'PS256', bytes: Uint8Array): KeyObject {
  if (kind === 'PS256') return importModulus(bytes)
  if (kind === 'Ed25519' || kind === 'X25519')
    return importJwk({ kty: 'OKP', crv: kind, x: base64url(bytes) })
  if (kind === 'ESP256') return importJwk(jwkOfP256(bytes))
  const der = Buffer.concat([PUBLIC_DER[kind][0], bytes])
  return crypto.createPublicKey({ key: der, format: 'der', type: 'spki' })
}

/** @throws {TypeError} when a PS256 secret is not the PKCS#8 of an RSA key @throws {RangeError} for its size */
export function importSecretKey(kind: RawKind | 'PS256', secret: Uint8Array): KeyObject {
  if (kind === 'PS256') return importRsaSecret(secret)
  const der = Buffer.concat([SECRET_DER[kind], secret])
  const key = crypto.createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  der.fill(0)
  return key
}

/** The raw public key that belongs to a secret one. */
export function exportPublicKey(kind: RawKind | 'PS256', secretKey: KeyObject): Uint8Array {
  const key = crypto.createPublicKey(secretKey)
  if (kind === 'PS256')
    return Uint8Array.from(Buffer.from(key.export({ format: 'jwk' }).n ?? '', 'base64url'))
  return Uint8Array.from(key.export({ format: 'der', type: 'spki' }).subarray(PUBLIC_DER[kind][0].length))
}

const found = new Map<RawKind, boolean>()

/**
 * Whether this node computes with keys of this kind. Versions do not tell: one has the algorithm in its
 * OpenSSL, reads its keys, and cannot use them. What it can use, it knows by name.
 */
export function hasKind(kind: 'ML-DSA-44' | 'ML-DSA-65' | 'ML-DSA-87' | 'ML-KEM-768'): boolean {
  const known = found.get(kind)
  if (known !== undefined) return known
  const has = nameOf(kind) === kind.toLowerCase()
  found.set(kind, has)
  return has
}

function nameOf(kind: RawKind): string | undefined {
  try {
    return importPublicKey(kind, new Uint8Array(PUBLIC_DER[kind][1])).asymmetricKeyType
  } catch {
    return undefined
  }
}

/** Numbers alone, and half to a tenth of the time: DER is tried on every decoder that OpenSSL has. */
function importJwk(key: JsonWebKey): KeyObject {
  return crypto.createPublicKey({ key, format: 'jwk' })
}

function jwkOfP256(point: Uint8Array): JsonWebKey {
  return { kty: 'EC', crv: 'P-256', x: base64url(point.subarray(1, 33)), y: base64url(point.subarray(33)) }
}

function importModulus(modulus: Uint8Array): KeyObject {
  return importJwk({ kty: 'RSA', n: base64url(modulus), e: 'AQAB' })
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url')
}

function importRsaSecret(secret: Uint8Array): KeyObject {
  const key = readPkcs8(secret)
  if (key?.asymmetricKeyType !== 'rsa') throw new TypeError('secret must be the PKCS#8 DER of an RSA key')
  const { modulusLength = 0, publicExponent } = key.asymmetricKeyDetails ?? {}
  if (modulusLength < RSA_BITS_MIN || modulusLength > RSA_BITS_MAX || publicExponent !== RSA_EXPONENT)
    throw new RangeError('secret must be an RSA key of 2048 to 4096 bits with exponent 65537')
  return key
}

/** What OpenSSL says about a secret it cannot read stays here. */
function readPkcs8(secret: Uint8Array): KeyObject | undefined {
  try {
    return crypto.createPrivateKey({ key: Buffer.from(secret), format: 'der', type: 'pkcs8' })
  } catch {
    return undefined
  }
}

function hex(text: string): Uint8Array {
  return Buffer.from(text, 'hex')
}
