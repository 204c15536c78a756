/** Principals that are key sets, and what they have signed. The quick one signs anew for single inputs. */
import { createKeyRing, createKeySetSigner, signKeyStatement } from 'promisegrid/kernel'
import { nobleAgreement } from 'promisegrid/promisebase'
import { crypto, NOW, people } from './node.ts'
import type { KeyRing, KeyStatement, Signer } from 'promisegrid/kernel'
import type { SignatureAlgorithm } from 'promisegrid/promisebase'
import type { Node } from './node.ts'

export const sets = {
  hybrid: setOf('hybrid', ['Ed25519', 'ML-DSA-65']),
  quick: setOf('quick', ['Ed25519', 'ESP256']),
  single: setOf('single', ['ML-DSA-44']),
  crowd: setOf('crowd', ['ESP256', 'ML-DSA-44', 'Ed25519']),
}

/** A ring that knows the sets; each of them has signed before. */
export function ringOfSets(): KeyRing {
  const ring = createKeyRing(crypto)
  for (const { keySet } of Object.values(sets)) {
    const learnt = ring.learn(keySet ?? new Uint8Array(0))
    if (learnt.refused !== undefined) throw new Error(`an honest key set: ${learnt.refused.detail}`)
    ring.claim(learnt.ok)
  }
  return ring
}

/** The blocks of the sets. */
export function setBlocks(): readonly Uint8Array[] {
  return Object.values(sets).flatMap(({ keySet }) => keySet ?? [])
}

/** Statements of sets and of a did:key, with everything a statement may say. */
export function statements(node: Node): readonly Uint8Array[] {
  const secret = crypto.sha256(new TextEncoder().encode('encryption'))
  const said: Omit<KeyStatement, 'issuer'> = {
    issuedAt: NOW,
    grid: node.grid,
    seq: 3,
    encryptionKeys: [
      nobleAgreement.publicKey('X25519', secret),
      nobleAgreement.publicKey('X-Wing', crypto.sha256(secret)),
    ],
    successor: people.carol.principal,
    predecessor: sets.single.principal,
  }
  const { encryptionKeys: _keys, ...short } = said
  return [
    signKeyStatement(crypto, people.alice, said),
    signKeyStatement(crypto, sets.quick, short),
    signKeyStatement(crypto, sets.hybrid, said),
  ].map(({ bytes }) => bytes)
}

function setOf(name: string, algorithms: readonly SignatureAlgorithm[]): Signer {
  const secrets = algorithms.map((algorithm) => ({
    algorithm,
    secret: crypto.sha256(new TextEncoder().encode(`set ${name} ${algorithm}`)),
  }))
  return createKeySetSigner(crypto, secrets)
}
