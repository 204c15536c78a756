/**
 * Principals: who speaks. A principal of one key is written `did:key:…`; its key identifier is the COSE Key
 * Thumbprint of RFC 9679. Any other is the CID of a key set (key-set.ts).
 */
import { p256 } from '@noble/curves/nist.js'

import { refuse } from '../errors.ts'
import { COSE_ALGORITHM, numberedKey } from './cose-key.ts'
import { readDidKey, writeDidKey } from './did-key.ts'
import type { CborValue, PublicKey, SignatureAlgorithm } from '../../promisebase/index.ts'
import type { Result } from '../errors.ts'
import type { Principal } from '../interface.ts'

/** The algorithms of a principal that is one key. */
type DidKeyAlgorithm = Extract<SignatureAlgorithm, 'Ed25519' | 'ESP256'>

/** The did:key text of a public key. @throws {TypeError} for a key of an algorithm that has none */
export function principalOf(key: PublicKey): Principal {
  const { algorithm } = key
  if (!hasDidKey(algorithm)) throw new TypeError(`a ${algorithm} key is no principal of its own`)
  if (algorithm === 'Ed25519') return writeDidKey({ kind: 'Ed25519', bytes: key.bytes })
  return writeDidKey({ kind: 'P-256', bytes: p256.Point.fromBytes(key.bytes).toBytes(true) })
}

/** Whether a key of this algorithm alone is a principal. */
export function hasDidKey(algorithm: SignatureAlgorithm): algorithm is DidKeyAlgorithm {
  return algorithm === 'Ed25519' || algorithm === 'ESP256'
}

/** The key of a principal's did:key text; undefined for any other text. Nobody has admitted the key yet. */
export function parseDidKey(text: string): PublicKey | undefined {
  const key = readDidKey(text).ok
  if (key?.kind === 'Ed25519') return { algorithm: 'Ed25519', bytes: key.bytes }
  return key?.kind === 'P-256' ? pointOf(key.bytes) : undefined
}

function pointOf(compressed: Uint8Array): PublicKey | undefined {
  try {
    return { algorithm: 'ESP256', bytes: p256.Point.fromBytes(compressed).toBytes(false) }
  } catch {
    return undefined
  }
}

/**
 * The name of the principal of a COSE_Key that holds exactly kty, alg and the public parameters of its type.
 * The key is not admitted yet: that costs more than a signature, and a stranger's token may name many.
 */
export function nameOfCoseKey(value: CborValue): Result<Principal> {
  const key = numberedKey(value)
  if (key?.coseAlgorithm === COSE_ALGORITHM.Ed25519) return { ok: principalOf(key.publicKey) }
  if (key?.coseAlgorithm === COSE_ALGORITHM.ESP256) return nameOfPoint(key.publicKey)
  return refuse(
    'KEY',
    'a COSE_Key holds exactly kty, alg and the public parameters of an Ed25519 or P-256 key',
  )
}

/** A point with the wrong y would stand for the principal of another point, so it must be on the curve. */
function nameOfPoint(key: PublicKey): Result<Principal> {
  try {
    return { ok: principalOf(key) }
  } catch {
    return refuse('KEY', 'the point is not on P-256')
  }
}

/** A principal as a refusal shows it: whoever sent it has chosen its length. */
export function describePrincipal(principal: string): string {
  return principal.length > 80 ? `${JSON.stringify(principal.slice(0, 80))}…` : JSON.stringify(principal)
}
