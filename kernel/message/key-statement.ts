/**
 * Key statements: what a principal says about its keys. Where to encrypt to it, and by whom it is followed; a
 * principal is its signature keys for ever, so other keys make another principal (spec/message.md, "Key statements").
 */
import { CODEC, nobleAgreement } from '../../promisebase/index.ts'
import { refuse } from '../errors.ts'
import * as claims from './claims.ts'
import { checkPrincipal } from './key-ring.ts'
import { CLAIM } from './labels.ts'
import { readObject, signObject, verifiedClaims } from './signed-object.ts'
import type { CID } from 'multiformats/cid'
import type { AgreementAlgorithm, AgreementKey, CborMap, CryptoProvider } from '../../promisebase/index.ts'
import type { Result } from '../errors.ts'
import type { Signer } from '../interface.ts'
import type { ClaimsOf, ClaimType } from './claims.ts'
import type { KeyRing } from './key-ring.ts'
import type { SignedObject } from './signed-object.ts'

const KEY_BYTES: Readonly<Record<AgreementAlgorithm, number>> = {
  'ML-KEM-768': 1_184,
  'X-Wing': 1_216,
  X25519: 32,
}
const ALGORITHMS = Object.keys(KEY_BYTES) as AgreementAlgorithm[]

/** One key per algorithm, by its name. */
const encryptionKeys: ClaimType<readonly AgreementKey[]> = {
  says: `a map of ${ALGORITHMS.join(', ')} to a key of its size`,
  read: (value) => (value instanceof Map && value.size > 0 ? readKeys(value) : undefined),
  write: (keys) => new Map(keys.map(({ algorithm, bytes }) => [algorithm, bytes])),
}

function readKeys(map: CborMap): readonly AgreementKey[] | undefined {
  const keys: AgreementKey[] = []
  for (const [name, bytes] of map) {
    const algorithm = ALGORITHMS.find((known) => known === name)
    if (algorithm === undefined || !(bytes instanceof Uint8Array)) return undefined
    if (bytes.length !== KEY_BYTES[algorithm]) return undefined
    keys.push({ algorithm, bytes })
  }
  return keys
}

const STATEMENT_CLAIMS = {
  issuer: claims.required(CLAIM.iss, claims.text()),
  issuedAt: claims.required(CLAIM.iat, claims.uint),
  grid: claims.required(CLAIM.grid, claims.cid('a genesis block', CODEC.dagCbor)),
  /** The statement with the highest number stands; the ones before it say nothing any more. */
  seq: claims.required(CLAIM.seq, claims.uint),
  encryptionKeys: claims.optional(CLAIM.encryptionKeys, encryptionKeys),
  successor: claims.optional(CLAIM.successor, claims.text()),
  predecessor: claims.optional(CLAIM.predecessor, claims.text()),
}

/** What a key statement says. */
export type KeyStatement = ClaimsOf<typeof STATEMENT_CLAIMS>

/** Signs a statement. @throws {TypeError} when it would not be read back */
export function signKeyStatement(
  crypto: CryptoProvider,
  signer: Signer,
  statement: Omit<KeyStatement, 'issuer'>,
): { readonly bytes: Uint8Array; readonly id: CID } {
  const algorithms = statement.encryptionKeys?.map(({ algorithm }) => algorithm) ?? []
  if (new Set(algorithms).size !== algorithms.length)
    throw new TypeError('encryptionKeys must name each algorithm once')
  return signObject(crypto, signer, 'keyStatement', STATEMENT_CLAIMS, {
    ...statement,
    issuer: signer.principal,
  })
}

/** Reads a statement and checks its issuer's signature. */
export function readKeyStatement(
  crypto: CryptoProvider,
  keys: KeyRing,
  bytes: Uint8Array,
): Result<KeyStatement> {
  return verifiedClaims(crypto, keys, readUnverifiedStatement(crypto, keys, bytes))
}

/** A statement of the right form, its signature not verified yet. */
export function readUnverifiedStatement(
  crypto: CryptoProvider,
  keys: KeyRing,
  bytes: Uint8Array,
): Result<SignedObject<KeyStatement>> {
  // A copy: encryption keys are kept, and must not keep what they came in alive.
  const object = readObject(crypto, 'keyStatement', STATEMENT_CLAIMS, new Uint8Array(bytes))
  if (object.refused !== undefined) return object
  const { issuer, encryptionKeys: announced = [], successor, predecessor } = object.ok.claims
  if (!announced.every((key) => nobleAgreement.admitKey(key)))
    return refuse('KEY', 'an encryption key that nobody may encrypt to')
  for (const other of [successor, predecessor]) {
    if (other === issuer) return refuse('SHAPE', 'nobody succeeds himself')
    const named = other === undefined ? undefined : checkPrincipal(keys, other)
    if (named?.refused !== undefined) return named
  }
  return object
}
