/** Keys for tests of COSE: fixed ones, so that a failure can be looked at. */
import assert from 'node:assert/strict'

import { ed448 } from '@noble/curves/ed448.js'
import { p384 } from '@noble/curves/nist.js'

import { nobleCrypto } from '../../../promisebase/index.ts'
import type { MlDsaAlgorithm } from '../../../promisebase/index.ts'
import type { CoseKey } from '../../cose/key.ts'
import type { RefusalCode, Result } from '../../errors.ts'

export const crypto = nobleCrypto
export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)
export const bytes = (length: number, value = 1): Uint8Array => new Uint8Array(length).fill(value)

export function ed25519Key(name: string, d = seed(name)): CoseKey {
  const { bytes: x } = crypto.publicKey('Ed25519', d)
  return { kid: utf8(name), material: { type: 'OKP', curve: 'Ed25519', x, d } }
}

export function p256Key(name: string): CoseKey {
  const d = seed(name)
  const { bytes: point } = crypto.publicKey('ESP256', d)
  return { kid: utf8(name), material: { type: 'EC2', curve: 'P-256', point, d } }
}

export function p384Key(name: string): CoseKey {
  const d = Uint8Array.of(...seed(name), ...bytes(16))
  return { kid: utf8(name), material: { type: 'EC2', curve: 'P-384', point: p384.getPublicKey(d, false), d } }
}

export function ed448Key(name: string): CoseKey {
  const d = Uint8Array.of(...seed(name), ...bytes(25))
  return { kid: utf8(name), material: { type: 'OKP', curve: 'Ed448', x: ed448.getPublicKey(d), d } }
}

export function mlDsaKey(name: string, variant: MlDsaAlgorithm, algorithm: number): CoseKey {
  const priv = seed(name)
  const { bytes: pub } = crypto.publicKey(variant, priv)
  return { kid: utf8(name), algorithm, material: { type: 'AKP', pub, priv } }
}

export function symmetricKey(name: string, length = 32): CoseKey {
  return { kid: utf8(name), material: { type: 'Symmetric', k: seed(name).slice(0, length) } }
}

function seed(name: string): Uint8Array {
  return crypto.sha256(utf8(`key of ${name}`))
}

/** One bit of these bytes changed. */
export function flip(whole: Uint8Array, at: number): Uint8Array {
  const place = at < 0 ? whole.length + at : at
  return whole.map((byte, index) => (index === place ? byte ^ 1 : byte))
}

/** Refused, and for this reason. */
export function refusedWith(result: Result<unknown>, code: RefusalCode): void {
  assert.equal(result.refused?.code, code, result.refused?.detail ?? 'it was taken')
}
