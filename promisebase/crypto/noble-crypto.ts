/** Cryptography in plain JavaScript: the reference, and the provider wherever the platform offers none. */
import { ed25519 } from '@noble/curves/ed25519.js'
import { p256 } from '@noble/curves/nist.js'
import { bytesToNumberLE, equalBytes } from '@noble/curves/utils.js'
import { sha256, sha512 } from '@noble/hashes/sha2.js'
import { concatBytes, randomBytes } from '@noble/hashes/utils.js'
import { admitEd25519 } from './ed25519-strict.ts'
import { createStrictProvider } from './strict-provider.ts'
import type { CryptoProvider } from '../interface.ts'

export const nobleCrypto: CryptoProvider = createStrictProvider({
  name: 'noble',
  sha256: (bytes) => sha256(bytes),
  sha512: (bytes) => sha512(bytes),
  verify: (key, message, signature) =>
    key.algorithm === 'Ed25519'
      ? verifyEd25519(key.bytes, message, signature)
      : p256.verify(signature, message, key.bytes, { lowS: false }),
  sign: (algorithm, secret, message) =>
    algorithm === 'Ed25519' ? ed25519.sign(message, secret) : p256.sign(message, secret),
  publicKey: (algorithm, secret) =>
    algorithm === 'Ed25519' ? ed25519.getPublicKey(secret) : p256.getPublicKey(secret, false),
  random: (length) => randomBytes(length),
})

/**
 * RFC 8032 without the cofactor: S·B − k·A must be R, byte for byte. The `verify` of the library multiplies
 * both sides by 8 and would accept what other engines refuse.
 */
function verifyEd25519(key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const point = admitEd25519(key)
  if (point === undefined) return false
  const r = signature.subarray(0, 32)
  const s = bytesToNumberLE(signature.subarray(32))
  const k = ed25519.Point.Fn.create(bytesToNumberLE(sha512(concatBytes(r, key, message))))
  const sum = ed25519.Point.BASE.multiplyUnsafe(s).subtract(point.multiplyUnsafe(k))
  return equalBytes(sum.toBytes(), r)
}
