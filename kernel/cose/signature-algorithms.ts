/**
 * Signature algorithms by their COSE numbers: what key each takes, how it verifies and how it signs. The six of
 * the contract `CryptoProvider` go to the provider, so that every platform gives one verdict; the others are
 * for objects of others alone and are verified in plain JavaScript.
 */
import { ed448 } from '@noble/curves/ed448.js'
import { p256, p384, p521 } from '@noble/curves/nist.js'
import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js'

import { toLowS, verifyPss } from '../../promisebase/index.ts'
import { refuse } from '../errors.ts'
import { checkKeyUse, KEY_OPERATION } from './key.ts'
import type { CryptoProvider, MlDsaAlgorithm, PssHash, PublicKey } from '../../promisebase/index.ts'
import type { Result } from '../errors.ts'
import type { CoseCurve, CoseKey, KeyMaterial } from './key.ts'

/** A key under one algorithm, ready to be asked. */
export interface SignatureKey {
  verify(message: Uint8Array, signature: Uint8Array): boolean
  /** Absent when the key came without its secret part, and for RSA. */
  sign?(message: Uint8Array): Uint8Array
}

type Hash = (bytes: Uint8Array) => Uint8Array
type Make = (crypto: CryptoProvider, material: KeyMaterial) => SignatureKey | undefined

const GROUPS = new Map<CoseCurve, typeof p256>([
  ['P-256', p256],
  ['P-384', p384],
  ['P-521', p521],
])

const ALGORITHMS = new Map<number, Make>([
  [-7, ecdsa(sha256)],
  [-35, ecdsa(sha384)],
  [-36, ecdsa(sha512)],
  [-9, ecdsa(sha256, 'P-256')],
  [-51, ecdsa(sha384, 'P-384')],
  [-52, ecdsa(sha512, 'P-521')],
  [-8, eddsa('Ed25519', 'Ed448')],
  [-19, eddsa('Ed25519')],
  [-53, eddsa('Ed448')],
  [-37, pss('SHA-256')],
  [-38, pss('SHA-384')],
  [-39, pss('SHA-512')],
  [-48, mlDsa('ML-DSA-44')],
  [-49, mlDsa('ML-DSA-65')],
  [-50, mlDsa('ML-DSA-87')],
])

/** The key under the algorithm a header names, for one of the operations of key_ops. */
export function signatureKey(
  crypto: CryptoProvider,
  algorithm: number,
  key: CoseKey,
  operation: 'sign' | 'verify',
): Result<SignatureKey> {
  const make = ALGORITHMS.get(algorithm)
  if (make === undefined) return refuse('ALG', `${algorithm} is no signature algorithm known here`)
  const allowed = checkKeyUse(key, algorithm, [KEY_OPERATION[operation]])
  if (allowed.refused !== undefined) return allowed
  const made = make(crypto, key.material)
  return made === undefined
    ? refuse('KEY', `a key of this type or curve does not sign with ${algorithm}`)
    : { ok: made }
}

/** ES256 and its like name a hash and leave the curve to the key; the fully specified ones name both. */
function ecdsa(hash: Hash, only?: CoseCurve): Make {
  return (crypto, material) => {
    if (material.type !== 'EC2' || (only !== undefined && material.curve !== only)) return undefined
    const { curve, point, d } = material
    if (curve === 'P-256' && hash === sha256) return p256Key(crypto, point, d)
    const group = GROUPS.get(curve)
    if (group === undefined) return undefined
    return {
      verify: (message, signature) =>
        isFalseWhenThrown(() =>
          group.verify(signature, hash(message), point, { lowS: false, prehash: false }),
        ),
      ...(d && { sign: (message) => group.sign(hash(message), d, { prehash: false }) }),
    }
  }
}

/** RFC 9053 allows both halves of s: of r‖s and r‖(n−s) the provider judges the one with s in the lower half. */
function p256Key(crypto: CryptoProvider, point: Uint8Array, d: Uint8Array | undefined): SignatureKey {
  const key: PublicKey = { algorithm: 'ESP256', bytes: point }
  return {
    verify: (message, signature) => crypto.verify(key, message, toLowS(signature)),
    ...(d && { sign: (message) => crypto.sign('ESP256', d, message) }),
  }
}

function eddsa(...curves: readonly CoseCurve[]): Make {
  return (crypto, material) => {
    if (material.type !== 'OKP' || !curves.includes(material.curve)) return undefined
    const { curve, x, d } = material
    if (curve === 'Ed25519')
      return {
        verify: (message, signature) => crypto.verify({ algorithm: 'Ed25519', bytes: x }, message, signature),
        ...(d && { sign: (message) => crypto.sign('Ed25519', d, message) }),
      }
    return {
      verify: (message, signature) =>
        isFalseWhenThrown(() => ed448.verify(signature, message, x, { zip215: false })),
      ...(d && { sign: (message) => ed448.sign(message, d) }),
    }
  }
}

/** Other exponents than 65537 are no keys here: the modulus alone is the key. */
function pss(hash: PssHash): Make {
  return (crypto, material) => {
    if (material.type !== 'RSA' || !isF4(material.e)) return undefined
    const { n } = material
    if (hash !== 'SHA-256') return { verify: (message, signature) => verifyPss(hash, n, message, signature) }
    return {
      verify: (message, signature) => crypto.verify({ algorithm: 'PS256', bytes: n }, message, signature),
    }
  }
}

function mlDsa(algorithm: MlDsaAlgorithm): Make {
  return (crypto, material) => {
    if (material.type !== 'AKP') return undefined
    const { pub, priv } = material
    return {
      verify: (message, signature) => crypto.verify({ algorithm, bytes: pub }, message, signature),
      ...(priv && { sign: (message) => crypto.sign(algorithm, priv, message) }),
    }
  }
}

function isF4(exponent: Uint8Array): boolean {
  return exponent.length === 3 && exponent[0] === 1 && exponent[1] === 0 && exponent[2] === 1
}

/** The library throws for a signature of another length. */
function isFalseWhenThrown(verify: () => boolean): boolean {
  try {
    return verify()
  } catch {
    return false
  }
}
