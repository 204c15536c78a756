/**
 * One verdict for every engine: the checks that decide what a key and a signature may be stand here, in
 * front of the engine, and not in it. An engine only ever sees input on which all engines agree.
 */
import { admitEd25519, isEd25519Signature, PRIME_ORDER_SCALAR } from './ed25519-strict.ts'
import { admitMlDsa, isMlDsaSignature } from './ml-dsa-strict.ts'
import { admitP256, isP256Secret, isP256Signature, toLowS } from './p256-strict.ts'
import { admitRsa, isRsaSignature } from './rsa-strict.ts'
import type { CryptoProvider, PublicKey, SignatureAlgorithm } from '../interface.ts'
import type { PrimeOrderProduct } from './ed25519-strict.ts'
import type { MlDsaAlgorithm } from './ml-dsa-strict.ts'

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
  /**
   * The product by RFC 7748 of one scalar and any u, undefined when it is zero. Left out where it is no faster
   * than plain JavaScript; where it is, a key never seen before is admitted for less than a signature.
   */
  x25519?(scalar: Uint8Array): (u: Uint8Array) => Uint8Array | undefined
}

/** What may be a key, a signature and a secret of one algorithm. */
interface Rules {
  admit(key: Uint8Array, primeOrderProduct?: PrimeOrderProduct): boolean
  isSignature(signature: Uint8Array, key: Uint8Array): boolean
  /** @throws {TypeError} for another length @throws {RangeError} for a number out of range */
  checkSecret(secret: Uint8Array): void
}

const RULES: ReadonlyMap<string, Rules> = new Map<SignatureAlgorithm, Rules>([
  [
    'Ed25519',
    {
      admit: admitEd25519,
      isSignature: isEd25519Signature,
      checkSecret: check32,
    },
  ],
  ['ESP256', { admit: admitP256, isSignature: isP256Signature, checkSecret: checkScalar }],
  ['PS256', { admit: admitRsa, isSignature: isRsaSignature, checkSecret: checkDer }],
  ['ML-DSA-44', mlDsaRules('ML-DSA-44')],
  ['ML-DSA-65', mlDsaRules('ML-DSA-65')],
  ['ML-DSA-87', mlDsaRules('ML-DSA-87')],
])

/** The provider that an engine makes once the strict checks stand in front of it. */
export function createStrictProvider(engine: CryptoEngine): CryptoProvider {
  const primeOrderProduct = engine.x25519?.(PRIME_ORDER_SCALAR)
  const admitKey = ({ algorithm, bytes }: PublicKey): boolean =>
    RULES.get(algorithm)?.admit(bytes, primeOrderProduct) === true
  return {
    name: engine.name,
    sha256: (bytes) => engine.sha256(bytes),
    sha512: (bytes) => engine.sha512(bytes),
    admitKey,
    verify: (key, message, signature) =>
      RULES.get(key.algorithm)?.isSignature(signature, key.bytes) === true &&
      admitKey(key) &&
      engine.verify(key, message, signature),
    sign: (algorithm, secret, message) => {
      rulesOf(algorithm).checkSecret(secret)
      const signature = engine.sign(algorithm, secret, message)
      return algorithm === 'ESP256' ? toLowS(signature) : signature
    },
    publicKey: (algorithm, secret) => {
      rulesOf(algorithm).checkSecret(secret)
      return { algorithm, bytes: engine.publicKey(algorithm, secret) }
    },
    random: (length) => engine.random(length),
  }
}

function rulesOf(algorithm: SignatureAlgorithm): Rules {
  const rules = RULES.get(algorithm)
  if (rules === undefined) throw new TypeError('algorithm is not known')
  return rules
}

function mlDsaRules(algorithm: MlDsaAlgorithm): Rules {
  return {
    admit: (key) => admitMlDsa(algorithm, key),
    isSignature: (signature) => isMlDsaSignature(algorithm, signature),
    checkSecret: check32,
  }
}

function check32(secret: Uint8Array): void {
  if (secret.length !== 32) throw new TypeError('secret must have 32 bytes')
}

function checkScalar(secret: Uint8Array): void {
  check32(secret)
  if (!isP256Secret(secret)) throw new RangeError('secret is no scalar of P-256')
}

/** A PKCS#8 of 2048 bits has about 1200 bytes, one of 4096 about 2400; the platform reads it. */
function checkDer(secret: Uint8Array): void {
  if (secret[0] !== 0x30 || secret.length < 1100 || secret.length > 2700)
    throw new TypeError('secret must be the PKCS#8 DER of an RSA key of 2048 to 4096 bits')
}
