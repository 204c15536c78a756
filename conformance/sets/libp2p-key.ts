/**
 * The keys of libp2p: { 1: type, 2: data } as protobuf. Ed25519 keys are raw, those of P-256 are the DER of
 * their curve, which has one length and therefore one prefix.
 */
import { createPrivateKey, createPublicKey } from 'node:crypto'

import { secp256k1 } from '@noble/curves/secp256k1.js'

import { hexOf, joined, unhex, varint } from './bytes.ts'

/** The two fields. */
export interface KeyMessage {
  readonly type: number
  readonly data: Uint8Array
}

/** A key that this library can use; `secret` where the message is of a private key. */
export interface UsableKey {
  readonly algorithm: 'Ed25519' | 'ESP256'
  readonly key: Uint8Array
  readonly secret?: Uint8Array
}

const TYPE = { rsa: 0, ed25519: 1, secp256k1: 2, ecdsa: 3 }

/** SubjectPublicKeyInfo up to the point, and ECPrivateKey up to the scalar, of P-256. */
const P256_PUBLIC = '3059301306072a8648ce3d020106082a8648ce3d030107034200'
const P256_SECRET = '30770201010420'

/** @throws {SyntaxError} for what is no such message */
export function readKeyMessage(message: Uint8Array): KeyMessage {
  const [typeTag, type = -1, dataTag] = message
  if (typeTag !== 0x08 || dataTag !== 0x12) throw new SyntaxError('no message of a key')
  let [length, at, weight] = [0, 3, 1]
  for (; ((message[at] ?? 0) & 0x80) !== 0; at += 1, weight *= 128)
    length += ((message[at] ?? 0) & 0x7f) * weight
  length += (message[at] ?? 0) * weight
  const data = message.subarray(at + 1)
  if (data.length !== length) throw new SyntaxError('a message of another length than it says')
  return { type, data }
}

export function writeKeyMessage({ type, data }: KeyMessage): Uint8Array {
  return joined(0x08, type, 0x12, ...varint(data.length), data)
}

/** The key of a message, or why it is none of ours. @throws {SyntaxError} for a type that is none */
export function usableKey({ type, data }: KeyMessage, isPrivate: boolean): UsableKey | string {
  if (type === TYPE.ed25519) return isPrivate ? readEd25519(data) : { algorithm: 'Ed25519', key: data }
  if (type === TYPE.rsa) return 'an RSA key of libp2p, which signs by PKCS #1 v1.5'
  if (type === TYPE.secp256k1) return 'a key of secp256k1, with which nothing here signs'
  if (type !== TYPE.ecdsa) throw new SyntaxError(`no key has the type ${type}`)
  return readP256(data, isPrivate) ?? 'an ECDSA key of another curve than P-256'
}

/**
 * The public key that belongs to a private one. Of a key that is none of ours it comes from node or from noble, to
 * have something to compare with. @throws for what is no private key
 */
export function publicKeyOf(message: KeyMessage): KeyMessage {
  const { type, data } = message
  const ours = usableKey(message, true)
  if (typeof ours !== 'string')
    return { type, data: ours.algorithm === 'Ed25519' ? ours.key : joined(unhex(P256_PUBLIC), ours.key) }
  if (type === TYPE.secp256k1) return { type, data: secp256k1.getPublicKey(data, true) }
  const form = type === TYPE.rsa ? 'pkcs1' : 'sec1'
  const secret = createPrivateKey({ key: Buffer.from(data), format: 'der', type: form })
  if (type === TYPE.rsa) checkRsa(secret.export({ format: 'jwk' }))
  return { type, data: derOf(createPublicKey(secret)) }
}

/** The modulus stands in a private key as it is, so the secret parts are held against it. @throws {SyntaxError} */
function checkRsa(jwk: JsonWebKey): void {
  const number = (text = ''): bigint => BigInt(`0x${Buffer.from(text, 'base64url').toString('hex')}`)
  const [n, e, d, p, q] = [number(jwk.n), number(jwk.e), number(jwk.d), number(jwk.p), number(jwk.q)]
  const belong =
    p * q === n &&
    (e * d) % (p - 1n) === 1n &&
    (e * d) % (q - 1n) === 1n &&
    number(jwk.dp) === d % (p - 1n) &&
    number(jwk.dq) === d % (q - 1n) &&
    (number(jwk.qi) * q) % p === 1n
  if (!belong) throw new SyntaxError('the parts of an RSA key do not belong together')
}

/** The same public key, read and written by node or by noble. @throws for what is no public key */
export function publicKeyAgain({ type, data }: KeyMessage): KeyMessage {
  if (type === TYPE.secp256k1) return { type, data: secp256k1.Point.fromBytes(data).toBytes(true) }
  if (type === TYPE.ed25519) return { type, data }
  return { type, data: derOf(createPublicKey({ key: Buffer.from(data), format: 'der', type: 'spki' })) }
}

function derOf(key: ReturnType<typeof createPublicKey>): Uint8Array {
  return Uint8Array.from(key.export({ format: 'der', type: 'spki' }))
}

/** Seed and key; formerly the key a second time. */
function readEd25519(data: Uint8Array): UsableKey | string {
  const [secret, key, rest] = [data.subarray(0, 32), data.subarray(32, 64), data.subarray(64)]
  if (rest.length > 0 && hexOf(rest) !== hexOf(key)) return 'a private key followed by something else'
  return { algorithm: 'Ed25519', key, secret }
}

function readP256(data: Uint8Array, isPrivate: boolean): UsableKey | undefined {
  const der = hexOf(data)
  const key = data.subarray(-65)
  if (!isPrivate) return der.startsWith(P256_PUBLIC) ? { algorithm: 'ESP256', key } : undefined
  if (!der.startsWith(P256_SECRET)) return undefined
  return {
    algorithm: 'ESP256',
    key,
    secret: data.subarray(P256_SECRET.length / 2, P256_SECRET.length / 2 + 32),
  }
}
