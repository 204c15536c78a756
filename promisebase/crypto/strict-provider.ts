/**
 * One verdict for every engine: the checks that decide what a key and a signature may be stand here, in
 * front of the engine, and not in it. An engine only ever sees input on which all engines agree.
 */
import { admitEd25519, isEd25519Signature } from './ed25519-strict.ts'
import { admitP256, isP256Secret, isP256Signature, toLowS } from './p256-strict.ts'
import type { CryptoProvider, PublicKey, SignatureAlgorithm } from '../interface.ts'

/** What an engine does: hash, sign, and verify keys and signatures that have passed the checks. */
export interface CryptoEngine {
  readonly name: string
  sha256(bytes: Uint8Array): Uint8Array
  sha512(bytes: Uint8Array): Uint8Array
  /** By the cofactorless equation for Ed25519; over SHA-256 of the message for ESP256. */
  verify(key: PublicKey, message: Uint8Array, signature: Uint8Array): boolean
  /** ESP256 with either half of s. */
  sign(algorithm: SignatureAlgorithm, secret: Uint8Array, message: Uint8Array): Uint8Array
  publicKey(algorithm: SignatureAlgorithm, secret: Uint8Array): Uint8Array
  random(length: number): Uint8Array
}

/** The provider that an engine makes once the strict checks stand in front of it. */
export function createStrictProvider(engine: CryptoEngine): CryptoProvider {
  return {
    name: engine.name,
    sha256: (bytes) => engine.sha256(bytes),
    sha512: (bytes) => engine.sha512(bytes),
    admitKey,
    verify: (key, message, signature) =>
      isSignature(key.algorithm, signature) && admitKey(key) && engine.verify(key, message, signature),
    sign: (algorithm, secret, message) => {
      checkSecret(algorithm, secret)
      const signature = engine.sign(algorithm, secret, message)
      return algorithm === 'ESP256' ? toLowS(signature) : signature
    },
    publicKey: (algorithm, secret) => {
      checkSecret(algorithm, secret)
      return { algorithm, bytes: engine.publicKey(algorithm, secret) }
    },
    random: (length) => engine.random(length),
  }
}

function admitKey(key: PublicKey): boolean {
  if (key.algorithm === 'Ed25519') return admitEd25519(key.bytes) !== undefined
  return key.algorithm === 'ESP256' && admitP256(key.bytes)
}

function isSignature(algorithm: SignatureAlgorithm, signature: Uint8Array): boolean {
  if (algorithm === 'Ed25519') return isEd25519Signature(signature)
  return algorithm === 'ESP256' && isP256Signature(signature)
}

/** @throws {TypeError} for another algorithm or length @throws {RangeError} for a scalar out of range */
function checkSecret(algorithm: SignatureAlgorithm, secret: Uint8Array): void {
  if (algorithm !== 'Ed25519' && algorithm !== 'ESP256') throw new TypeError('algorithm is not known')
  if (secret.length !== 32) throw new TypeError('secret must have 32 bytes')
  if (algorithm === 'ESP256' && !isP256Secret(secret)) throw new RangeError('secret is no scalar of P-256')
}
