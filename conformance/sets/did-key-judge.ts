/** What several sets ask of a did:key of any kind: which key it is of, and that this key is written as this text. */
import { p384, p521 } from '@noble/curves/nist.js'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { createKeyRing, principalOf, readDidKey, writeDidKey } from 'promisegrid/kernel'

import { hexOf, joined, sameBytes } from './bytes.ts'
import { byEach } from './providers.ts'
import { all, outOfScope, verdict, wrong } from './set.ts'
import type { DidKeyKind } from 'promisegrid/kernel'
import type { Providers } from './providers.ts'
import type { Verdict } from './set.ts'

/** What a set says about the key, as a did:key has it: 32 bytes or a compressed point; and secrets of it. */
export interface KeyMaterial {
  readonly publics: readonly Uint8Array[]
  readonly secrets: readonly Uint8Array[]
}

/** Nobody here uses a key that is not of Ed25519 or P-256 alone, so it must not be taken for a principal either. */
export function judgeDidKey(did: string, { publics, secrets }: KeyMaterial): Verdict {
  const read = readDidKey(did)
  if (read.refused !== undefined) return wrong(`refused: ${read.refused.detail}`)
  const { kind, bytes } = read.ok
  if (publics.length + secrets.length === 0) return outOfScope('a did:key with no key to compare it with')
  return all(
    verdict(writeDidKey(read.ok) === did, `written as ${writeDidKey(read.ok)}`),
    ...publics.map((each) => verdict(sameBytes(each, bytes), `the key is read as ${hexOf(bytes)}`)),
    ...secrets.map((secret) => judgeSecret(did, kind, secret)),
    byEach(({ crypto }) => {
      const speaks = createKeyRing(crypto).read(did).ok !== undefined
      return verdict(speaks === isSigning(kind), speaks ? 'taken for a principal' : 'no principal')
    }),
  )
}

function judgeSecret(did: string, kind: DidKeyKind, secret: Uint8Array): Verdict {
  return byEach((providers) => {
    const text = textOf(kind, secret, providers)
    return verdict(text === did, `the key of the secret is ${text}`)
  })
}

function isSigning(kind: DidKeyKind): boolean {
  return kind === 'Ed25519' || kind === 'P-256'
}

/** The keys of curves that this library has not come from noble, to compare with. */
function textOf(kind: DidKeyKind, secret: Uint8Array, { crypto, agreement }: Providers): string {
  if (kind === 'Ed25519') return principalOf(crypto.publicKey('Ed25519', secret))
  if (kind === 'P-256') return principalOf(crypto.publicKey('ESP256', secret))
  if (kind === 'X25519') return writeDidKey({ kind, bytes: agreement.publicKey('X25519', secret).bytes })
  const curve = { secp256k1, 'P-384': p384, 'P-521': p521 }[kind]
  return writeDidKey({ kind, bytes: curve.getPublicKey(secret, true) })
}

/** A point by its x, and which of the two y. */
export function compressed(x: Uint8Array, y: Uint8Array): Uint8Array {
  return joined(2 + ((y.at(-1) ?? 0) & 1), x)
}
