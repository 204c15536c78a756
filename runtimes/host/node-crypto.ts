/** Cryptography by node:crypto, ten times as fast; behind the same checks, so with the same verdicts. */
import * as crypto from 'node:crypto'
import { BoundedMap, bytesKey, createStrictProvider } from '../../promisebase/index.ts'
import type { KeyObject } from 'node:crypto'
import type { CryptoProvider, PublicKey, SignatureAlgorithm } from '../../promisebase/index.ts'

/** What stands in front of the raw bytes in the DER form that node imports (RFC 8410, RFC 5480, RFC 5958). */
const PUBLIC_DER: Record<SignatureAlgorithm, Uint8Array> = {
  Ed25519: Buffer.from('302a300506032b6570032100', 'hex'),
  ESP256: Buffer.from('3059301306072a8648ce3d020106082a8648ce3d030107034200', 'hex'),
}
const SECRET_DER: Record<SignatureAlgorithm, Uint8Array> = {
  Ed25519: Buffer.from('302e020100300506032b657004220420', 'hex'),
  ESP256: Buffer.from('3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420', 'hex'),
}

/** Importing a key costs as much as using it, so the keys in use stay imported. */
const publicKeys = new BoundedMap<string, KeyObject>(4096)

/** Secrets are few, and are found by their hash, so that none of them becomes a string. */
const secretKeys = new BoundedMap<string, KeyObject>(64)

export const nodeCrypto: CryptoProvider = createStrictProvider({
  name: 'node',
  sha256: (bytes) => digest('sha256', bytes),
  sha512: (bytes) => digest('sha512', bytes),
  verify: ({ algorithm, bytes }, message, signature) =>
    crypto.verify(hashOf(algorithm), message, { key: publicKeyOf(algorithm, bytes), ...RAW }, signature),
  sign: (algorithm, secret, message) =>
    plain(crypto.sign(hashOf(algorithm), message, { key: secretKeyOf(algorithm, secret), ...RAW })),
  publicKey: (algorithm, secret) => {
    const key = crypto.createPublicKey(secretKeyOf(algorithm, secret))
    return plain(key.export({ format: 'der', type: 'spki' }).subarray(PUBLIC_DER[algorithm].length))
  },
  random,
})

/** Signatures as r‖s; Ed25519 has no other form and ignores it. */
const RAW = { dsaEncoding: 'ieee-p1363' } as const

function hashOf(algorithm: SignatureAlgorithm): string | null {
  return algorithm === 'Ed25519' ? null : 'sha256'
}

function digest(algorithm: string, bytes: Uint8Array): Uint8Array {
  // One call instead of a stream; runtimes that imitate node may lack it.
  return plain(
    typeof crypto.hash === 'function'
      ? crypto.hash(algorithm, bytes, 'buffer')
      : crypto.createHash(algorithm).update(bytes).digest(),
  )
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

function publicKeyOf(algorithm: SignatureAlgorithm, bytes: PublicKey['bytes']): KeyObject {
  // The lengths of the two kinds differ, so the bytes alone name the key.
  const name = bytesKey(bytes)
  const known = publicKeys.get(name)
  if (known !== undefined) return known
  const der = Buffer.concat([PUBLIC_DER[algorithm], bytes])
  const key = crypto.createPublicKey({ key: der, format: 'der', type: 'spki' })
  publicKeys.set(name, key)
  return key
}

function secretKeyOf(algorithm: SignatureAlgorithm, secret: Uint8Array): KeyObject {
  const name = algorithm + bytesKey(digest('sha256', secret))
  const known = secretKeys.get(name)
  if (known !== undefined) return known
  const der = Buffer.concat([SECRET_DER[algorithm], secret])
  const key = crypto.createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  der.fill(0)
  secretKeys.set(name, key)
  return key
}

/** The bytes of a Buffer without its class, whose `slice` does not copy, and without its shared pool. */
function plain(buffer: Uint8Array): Uint8Array {
  return new Uint8Array(buffer)
}
