/** Cryptography by node:crypto, ten times as fast; behind the same checks, so with the same verdicts. */
import * as crypto from 'node:crypto'
import { BoundedMap, bytesKey, createStrictProvider, nobleEngine } from '../../../promisebase/index.ts'
import { exportPublicKey, hasKind, importPublicKey, importSecretKey } from './key-objects.ts'
import { multiplierX25519 } from './x25519.ts'
import type { KeyObject } from 'node:crypto'
import type { CryptoProvider, PublicKey, SignatureAlgorithm } from '../../../promisebase/index.ts'

/** Importing a key costs as much as using it, so the keys in use stay imported. */
const publicKeys = new BoundedMap<string, KeyObject>(4096)

/** Secrets are few, and are found by their hash, so that none of them becomes a string. */
const secretKeys = new BoundedMap<string, KeyObject>(64)

export const nodeCrypto: CryptoProvider = createStrictProvider({
  name: 'node',
  sha256: (bytes) => digest('sha256', bytes),
  sha512: (bytes) => digest('sha512', bytes),
  verify: (key, message, signature) =>
    isNative(key.algorithm)
      ? crypto.verify(hashOf(key.algorithm), message, { key: publicKeyOf(key), ...RAW }, signature)
      : nobleEngine.verify(key, message, signature),
  sign: (algorithm, secret, message) =>
    isNative(algorithm)
      ? plain(crypto.sign(hashOf(algorithm), message, { key: secretKeyOf(algorithm, secret), ...RAW }))
      : nobleEngine.sign(algorithm, secret, message),
  publicKey: (algorithm, secret) =>
    isNative(algorithm)
      ? exportPublicKey(algorithm, secretKeyOf(algorithm, secret))
      : nobleEngine.publicKey(algorithm, secret),
  random,
  x25519: multiplierX25519,
})

/**
 * A new secret for PS256. Takes some tenths of a second.
 * @throws {RangeError} for a size that is no multiple of 8 from 2048 to 4096 bits: of others node makes smaller keys
 */
export function createRsaSecret(modulusBits = 3072): Uint8Array {
  if (!(modulusBits >= 2048 && modulusBits <= 4096 && modulusBits % 8 === 0))
    throw new RangeError('modulusBits must be a multiple of 8 from 2048 to 4096')
  const { privateKey } = crypto.generateKeyPairSync('rsa', {
    modulusLength: modulusBits,
    publicExponent: 65537,
  })
  return plain(privateKey.export({ format: 'der', type: 'pkcs8' }))
}

/** ECDSA as r‖s; RSA by PSS with a salt as long as the hash. Each algorithm ignores what is for another. */
const RAW = {
  dsaEncoding: 'ieee-p1363',
  padding: crypto.constants.RSA_PKCS1_PSS_PADDING,
  saltLength: 32,
} as const

function hashOf(algorithm: SignatureAlgorithm): string | null {
  return algorithm === 'ESP256' || algorithm === 'PS256' ? 'sha256' : null
}

/** ML-DSA is in node since 24, the others in every one that this package runs on. */
function isNative(algorithm: SignatureAlgorithm): boolean {
  return algorithm === 'Ed25519' || algorithm === 'ESP256' || algorithm === 'PS256' || hasKind(algorithm)
}

/** A hash as text, one character a byte: a Buffer costs more than the hash of a message. */
function digestText(algorithm: string, bytes: Uint8Array): string {
  // One call instead of a stream; runtimes that imitate node may lack it.
  return typeof crypto.hash === 'function'
    ? crypto.hash(algorithm, bytes, 'binary')
    : crypto.createHash(algorithm).update(bytes).digest('binary')
}

function digest(algorithm: string, bytes: Uint8Array): Uint8Array {
  const text = digestText(algorithm, bytes)
  const hash = new Uint8Array(text.length)
  for (let at = 0; at < hash.length; at++) hash[at] = text.charCodeAt(at)
  return hash
}

/** Drawn ahead: one system call serves many nonces. Each byte is handed out once and wiped here. */
const ahead = new Uint8Array(4096)
let handedOut = ahead.length

function random(length: number): Uint8Array {
  if (length > ahead.length) return plain(crypto.randomBytes(length))
  if (handedOut + length > ahead.length) {
    crypto.randomFillSync(ahead)
    handedOut = 0
  }
  const drawn = ahead.slice(handedOut, handedOut + length)
  ahead.fill(0, handedOut, handedOut + length)
  handedOut += length
  return drawn
}

/** The longest name that is cheaper to compare than to hash: a point of P-256. */
const SHORT_KEY_BYTES = 65

function publicKeyOf({ algorithm, bytes }: PublicKey): KeyObject {
  // The lengths of the kinds differ, so the bytes alone name a short key.
  const name = bytes.length <= SHORT_KEY_BYTES ? bytesKey(bytes) : algorithm + digestText('sha256', bytes)
  const known = publicKeys.get(name)
  if (known !== undefined) return known
  const key = importPublicKey(algorithm, bytes)
  publicKeys.set(name, key)
  return key
}

/** The key that each secret was used as last, and the secret as it was then: to compare it costs less than its hash. */
const lastUsed = new WeakMap<
  Uint8Array,
  { readonly algorithm: string; readonly secret: Uint8Array; readonly key: KeyObject }
>()

function secretKeyOf(algorithm: SignatureAlgorithm, secret: Uint8Array): KeyObject {
  const last = lastUsed.get(secret)
  const isSame = last?.algorithm === algorithm && last.secret.length === secret.length
  if (isSame && crypto.timingSafeEqual(last.secret, secret)) return last.key
  const key = namedSecretKey(algorithm, secret)
  lastUsed.set(secret, { algorithm, secret: secret.slice(), key })
  return key
}

function namedSecretKey(algorithm: SignatureAlgorithm, secret: Uint8Array): KeyObject {
  const name = algorithm + digestText('sha256', secret)
  const known = secretKeys.get(name)
  if (known !== undefined) return known
  const key = importSecretKey(algorithm, secret)
  secretKeys.set(name, key)
  return key
}

/** The bytes of a Buffer without its class, whose `slice` does not copy, and without its shared pool. */
function plain(buffer: Uint8Array): Uint8Array {
  return new Uint8Array(buffer)
}
