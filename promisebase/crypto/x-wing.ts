/**
 * X-Wing (draft-connolly-cfrg-xwing-kem): a secret that holds as long as X25519 or ML-KEM-768 does. Parts lie
 * one after the other, ML-KEM first; the combiner hashes both secrets with what X25519 does not bind itself.
 *
 *     SHAKE256(seed, 96)   = ML-KEM d‖z (64) ‖ X25519 secret (32)
 *     key                  = ML-KEM key (1184) ‖ X25519 key (32)
 *     ciphertext           = ML-KEM ciphertext (1088) ‖ one-time X25519 key (32)
 *     shared secret        = SHA3-256(ML-KEM secret ‖ X25519 product ‖ one-time X25519 key ‖ X25519 key ‖ label)
 */
import { sha3_256, shake256 } from '@noble/hashes/sha3.js'
import { concatBytes } from '@noble/hashes/utils.js'
import type { Encapsulation } from '../interface.ts'
import type { AgreementEngine } from './agreement-engine.ts'

const LABEL = Uint8Array.of(0x5c, 0x2e, 0x2f, 0x2f, 0x5e, 0x5c)
const ML_KEM_KEY_BYTES = 1184
const ML_KEM_CIPHERTEXT_BYTES = 1088

/** The parts of a key, and of a ciphertext. */
export function splitXWing(bytes: Uint8Array): { readonly mlKem: Uint8Array; readonly x25519: Uint8Array } {
  const at = bytes.length - 32
  return { mlKem: bytes.subarray(0, at), x25519: bytes.subarray(at) }
}

/** The size of a key, and of a ciphertext. */
export const X_WING_BYTES = { key: ML_KEM_KEY_BYTES + 32, ciphertext: ML_KEM_CIPHERTEXT_BYTES + 32 }

export function xWingPublicKey(engine: AgreementEngine, seed: Uint8Array): Uint8Array {
  const secrets = expand(seed)
  return concatBytes(engine.mlKemPublicKey(secrets.mlKem), engine.x25519PublicKey(secrets.x25519))
}

/** `entropy` is for ML-KEM (32), then the one-time secret of X25519 (32). Undefined for a product of zero. */
export function xWingEncapsulate(
  engine: AgreementEngine,
  key: Uint8Array,
  entropy: Uint8Array | undefined,
): Encapsulation | undefined {
  const to = splitXWing(key)
  const mlKem = engine.mlKemEncapsulate(to.mlKem, entropy?.subarray(0, 32))
  const oneTime = entropy?.subarray(32) ?? engine.random(32)
  const oneTimeKey = engine.x25519PublicKey(oneTime)
  const product = engine.x25519(oneTime, to.x25519)
  return product === undefined
    ? undefined
    : {
        ciphertext: concatBytes(mlKem.ciphertext, oneTimeKey),
        sharedSecret: combineXWing(mlKem.sharedSecret, product, oneTimeKey, to.x25519),
      }
}

export function xWingDecapsulate(
  engine: AgreementEngine,
  seed: Uint8Array,
  ciphertext: Uint8Array,
): Uint8Array | undefined {
  const secrets = expand(seed)
  const from = splitXWing(ciphertext)
  const product = engine.x25519(secrets.x25519, from.x25519)
  if (product === undefined) return undefined
  const sharedSecret = engine.mlKemDecapsulate(secrets.mlKem, from.mlKem)
  return combineXWing(sharedSecret, product, from.x25519, engine.x25519PublicKey(secrets.x25519))
}

/** The combiner; the composite KEM of LAMPS with these two parts has the same one. */
export function combineXWing(
  mlKemSecret: Uint8Array,
  product: Uint8Array,
  oneTimeKey: Uint8Array,
  key: Uint8Array,
): Uint8Array {
  return sha3_256(concatBytes(mlKemSecret, product, oneTimeKey, key, LABEL))
}

function expand(seed: Uint8Array): { readonly mlKem: Uint8Array; readonly x25519: Uint8Array } {
  return splitXWing(shake256(seed, { dkLen: 96 }))
}
