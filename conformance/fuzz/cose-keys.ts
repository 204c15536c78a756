/** The keys that honest COSE objects are for: the secret of each is the hash of its name, which is also its kid. */
import { nobleAgreement, nobleCrypto } from 'promisegrid/promisebase'
import { crypto } from './node.ts'
import type { CoseKey } from 'promisegrid/kernel'
import type { CborMap, CborValue } from 'promisegrid/promisebase'

export const NONCE = new Uint8Array(12).fill(7)

export const coseKeys = {
  ed25519: okp('Ed25519', crypto.publicKey('Ed25519', secretOf('ed25519')).bytes),
  x25519: okp('X25519', nobleAgreement.publicKey('X25519', secretOf('x25519')).bytes),
  p256: p256Key(),
  mac: symmetric('mac', 32),
  aesMac: symmetric('aesMac', 16),
  seal: symmetric('seal', 32),
  partial: { ...symmetric('partial', 32), baseIv: NONCE },
  shared: symmetric('shared', 32),
  wrapping: symmetric('wrapping', 16),
} satisfies Record<string, CoseKey>

function okp(curve: 'Ed25519' | 'X25519', x: Uint8Array): CoseKey {
  const name = curve.toLowerCase()
  return { kid: utf8(name), material: { type: 'OKP', curve, x, d: secretOf(name) } }
}

function p256Key(): CoseKey {
  const d = secretOf('p256')
  const { bytes: point } = nobleCrypto.publicKey('ESP256', d)
  return { kid: utf8('p256'), material: { type: 'EC2', curve: 'P-256', point, d } }
}

function symmetric(name: string, length: number) {
  const k = secretOf(name).slice(0, length)
  return { kid: utf8(name), material: { type: 'Symmetric', k } } as const satisfies CoseKey
}

export function secretOf(name: string): Uint8Array {
  return crypto.sha256(utf8(`secret ${name}`))
}

export function map(...entries: (readonly [CborValue, CborValue])[]): CborMap {
  return new Map(entries)
}

export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
