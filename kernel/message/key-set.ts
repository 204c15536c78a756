/**
 * Key sets: one to four signature keys that speak together. The principal is the CID of the block, so it commits
 * to every key; a set of one has one block, and nobody can take a key away from it (spec/message.md, "Key sets").
 *
 *   block = [1*4 COSE_Key], COSE_Keys in ascending bytewise order of their encodings
 *   principal = base32 text of CIDv1(cbor, sha2-256, block)
 */
import {
  bytesKey,
  CODEC,
  decodeCbor,
  encodeCbor,
  ENVELOPE_PROFILE,
  hashBlock,
  parseCid,
  compareBytes,
} from '../../promisebase/index.ts'
import { refuse } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import { coseKeyOf, numberedKey, thumbprint } from './cose-key.ts'
import type { CID } from 'multiformats/cid'
import type { CborValue, CryptoProvider, PublicKey, SignatureAlgorithm } from '../../promisebase/index.ts'
import type { Result } from '../errors.ts'
import type { Principal } from '../interface.ts'
import type { NumberedKey } from './cose-key.ts'

export const KEYS_MAX = 4

/** Everything a verifier needs of one key. */
export interface VerificationKey extends NumberedKey {
  /** RFC 9679 thumbprint, SHA-256: what kid must be. */
  readonly kid: Uint8Array
}

/** A key set as it was read. */
export interface KeySet {
  readonly cid: CID
  readonly principal: Principal
  readonly bytes: Uint8Array
  readonly keys: readonly VerificationKey[]
}

/** The CID that a text names a key set by; undefined for any other text. */
export function keySetCid(principal: Principal): CID | undefined {
  // The one length: 36 bytes in base32, and the letter in front.
  if (principal.length !== 59) return undefined
  return parseCid(principal, { codecs: [CODEC.cbor] }).ok
}

/** The block of these keys. @throws {RangeError} when they cannot be a key set */
export function writeKeySet(crypto: CryptoProvider, keys: readonly PublicKey[]): KeySet {
  const encoded = keys.map((key) => encodeCbor(coseKeyOf(key))).sort(compareBytes)
  const bytes = Uint8Array.of(0x80 | encoded.length, ...encoded.flatMap((key) => [...key]))
  const read = encoded.length > KEYS_MAX ? wrongCount() : readKeySet(crypto, bytes)
  if (read.refused !== undefined) throw new RangeError(`keys: ${read.refused.detail}`)
  return read.ok
}

/** Reads the block of a key set: its form, its rules, and each key admitted. */
export function readKeySet(crypto: CryptoProvider, bytes: Uint8Array): Result<KeySet> {
  if (bytes.length > LIMITS.keySetBytes)
    return refuse('LIMIT', `a key set has at most ${LIMITS.keySetBytes} bytes, this one ${bytes.length}`)
  // Keys are views into the block, which therefore is a copy of what was received.
  const block = new Uint8Array(bytes)
  const decoded = decodeCbor(block, ENVELOPE_PROFILE)
  if (decoded.refused !== undefined) return decoded
  if (!Array.isArray(decoded.ok) || decoded.ok.length < 1 || decoded.ok.length > KEYS_MAX) return wrongCount()
  const keys = readKeys(crypto, decoded.ok)
  if (keys.refused !== undefined) return keys
  const wrong = offence(decoded.ok, keys.ok)
  if (wrong !== undefined) return refuse('KEY', wrong)
  if (signatureBytes(keys.ok) > LIMITS.keySetSignatureBytes)
    return refuse('LIMIT', `the signatures of a set have at most ${LIMITS.keySetSignatureBytes} bytes`)
  if (!keys.ok.every(({ publicKey }) => crypto.admitKey(publicKey)))
    return refuse('KEY', 'the set holds a key that is not admitted')
  const cid = hashBlock(crypto.sha256, CODEC.cbor, block)
  return { ok: { cid, principal: cid.toString(), bytes: block, keys: keys.ok } }
}

function readKeys(crypto: CryptoProvider, values: readonly CborValue[]): Result<VerificationKey[]> {
  const keys: VerificationKey[] = []
  for (const value of values) {
    const key = numberedKey(value)
    if (key === undefined)
      return refuse('KEY', 'a COSE_Key of a set holds exactly kty, alg and the public parameters of its type')
    keys.push({ ...key, kid: thumbprint(crypto, key.publicKey) })
  }
  return { ok: keys }
}

/** What is wrong with keys that are each in order. */
function offence(values: readonly CborValue[], keys: readonly VerificationKey[]): string | undefined {
  const encoded = values.map((value) => encodeCbor(value))
  const isSorted = encoded.every(
    (key, at) => at === 0 || compareBytes(encoded[at - 1] as Uint8Array, key) < 0,
  )
  if (!isSorted) return 'the keys of a set ascend by their encodings'
  // Under two algorithms one key would be two encodings, and still sign alone.
  if (new Set(keys.map(({ kid }) => bytesKey(kid))).size !== keys.length) return 'two keys of the set are one'
  const [first] = keys
  const isDidKey = first?.publicKey.algorithm === 'Ed25519' || first?.publicKey.algorithm === 'ESP256'
  return keys.length === 1 && isDidKey ? 'one Ed25519 or P-256 key is written as a did:key' : undefined
}

function signatureBytes(keys: readonly VerificationKey[]): number {
  return keys.reduce((sum, { publicKey }) => sum + signatureSize(publicKey), 0)
}

const SIGNATURE_BYTES: Record<Exclude<SignatureAlgorithm, 'PS256'>, number> = {
  Ed25519: 64,
  ESP256: 64,
  'ML-DSA-44': 2_420,
  'ML-DSA-65': 3_309,
  'ML-DSA-87': 4_627,
}

/** How many bytes a signature by this key has; RSA as many as its modulus. */
export function signatureSize({ algorithm, bytes }: PublicKey): number {
  return algorithm === 'PS256' ? bytes.length : SIGNATURE_BYTES[algorithm]
}

function wrongCount(): { readonly refused: { readonly code: 'SHAPE'; readonly detail: string } } {
  return { refused: { code: 'SHAPE', detail: `a key set is an array of 1 to ${KEYS_MAX} COSE_Keys` } }
}
