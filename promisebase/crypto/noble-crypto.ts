/** Cryptography in plain JavaScript: the reference, and the provider wherever the platform offers none. */
import { ed25519 } from '@noble/curves/ed25519.js'
import { p256 } from '@noble/curves/nist.js'
import { bytesToNumberLE, equalBytes } from '@noble/curves/utils.js'
import { sha256, sha512 } from '@noble/hashes/sha2.js'
import { concatBytes, randomBytes } from '@noble/hashes/utils.js'
import { pointOfEd25519 } from './ed25519-strict.ts'
import { mlDsaPublicKey, signMlDsa, verifyMlDsa } from './ml-dsa.ts'
import { verifyPs256 } from './rsa-pss.ts'
import { createStrictProvider } from './strict-provider.ts'
import type { CryptoProvider, PublicKey, SignatureAlgorithm } from '../interface.ts'
import type { CryptoEngine } from './strict-provider.ts'

/** The engine without its checks; other engines take from it what their platform lacks. */
export const nobleEngine: CryptoEngine = {
  name: 'noble',
  sha256: (bytes) => sha256(bytes),
  sha512: (bytes) => sha512(bytes),
  verify,
  sign,
  publicKey,
  random: (length) => randomBytes(length),
}

export const nobleCrypto: CryptoProvider = createStrictProvider(nobleEngine)

function verify({ algorithm, bytes }: PublicKey, message: Uint8Array, signature: Uint8Array): boolean {
  switch (algorithm) {
    case 'Ed25519':
      return verifyEd25519(bytes, message, signature)
    case 'ESP256':
      return p256.verify(signature, message, bytes, { lowS: false })
    case 'PS256':
      return verifyPs256(bytes, message, signature)
    default:
      return verifyMlDsa(algorithm, bytes, message, signature)
  }
}

function sign(algorithm: SignatureAlgorithm, secret: Uint8Array, message: Uint8Array): Uint8Array {
  switch (algorithm) {
    case 'Ed25519':
      return ed25519.sign(message, secret)
    case 'ESP256':
      return p256.sign(message, secret)
    case 'PS256':
      throw noRsa()
    default:
      return signMlDsa(algorithm, secret, message, randomBytes(32))
  }
}

function publicKey(algorithm: SignatureAlgorithm, secret: Uint8Array): Uint8Array {
  switch (algorithm) {
    case 'Ed25519':
      return ed25519.getPublicKey(secret)
    case 'ESP256':
      return p256.getPublicKey(secret, false)
    case 'PS256':
      throw noRsa()
    default:
      return mlDsaPublicKey(algorithm, secret)
  }
}

/** Nothing in plain JavaScript raises to a secret power without telling it by its time. */
function noRsa(): TypeError {
  return new TypeError('algorithm PS256 signs only where the platform has RSA')
}

/**
 * RFC 8032 without the cofactor: S·B − k·A must be R, byte for byte. The `verify` of the library multiplies
 * both sides by 8 and would accept what other engines refuse.
 */
function verifyEd25519(key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const point = pointOfEd25519(key)
  if (point === undefined) return false
  const r = signature.subarray(0, 32)
  const s = bytesToNumberLE(signature.subarray(32))
  const k = ed25519.Point.Fn.create(bytesToNumberLE(sha512(concatBytes(r, key, message))))
  const sum = ed25519.Point.BASE.multiplyUnsafe(s).subtract(point.multiplyUnsafe(k))
  return equalBytes(sum.toBytes(), r)
}
