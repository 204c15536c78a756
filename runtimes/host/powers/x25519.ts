/** Multiplication on curve25519 by node:crypto. */
import * as crypto from 'node:crypto'

import { importPublicKey, importSecretKey } from './key-objects.ts'
import type { KeyObject } from 'node:crypto'

export function multiplyX25519(secret: Uint8Array, key: Uint8Array): Uint8Array | undefined {
  return multiply(importSecretKey('X25519', secret), key)
}

/** For a scalar that is no secret: it stays imported. */
export function multiplierX25519(scalar: Uint8Array): (key: Uint8Array) => Uint8Array | undefined {
  let imported: KeyObject | undefined
  return (key) => multiply((imported ??= importSecretKey('X25519', scalar)), key)
}

/** OpenSSL fails where the product is zero, and for nothing else of this size. */
function multiply(privateKey: KeyObject, key: Uint8Array): Uint8Array | undefined {
  const publicKey = importPublicKey('X25519', key)
  try {
    return Uint8Array.from(crypto.diffieHellman({ privateKey, publicKey }))
  } catch {
    return undefined
  }
}
