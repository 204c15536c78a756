/** One result for every cipher engine: sizes are judged here, in front of the engine. */
import { equalBytes } from '@noble/ciphers/utils.js'
import type { CipherAlgorithm, CipherProvider, KeyedHash, Sealing } from '../interface.ts'

interface Sizes {
  readonly key: number
  readonly nonce: number
}

const SIZES: ReadonlyMap<string, Sizes> = new Map<CipherAlgorithm, Sizes>([
  ['ChaCha20-Poly1305', { key: 32, nonce: 12 }],
  ['XChaCha20-Poly1305', { key: 32, nonce: 24 }],
  ['AES-128-GCM', { key: 16, nonce: 12 }],
  ['AES-192-GCM', { key: 24, nonce: 12 }],
  ['AES-256-GCM', { key: 32, nonce: 12 }],
])

const DIGEST_BYTES: ReadonlyMap<string, number> = new Map<KeyedHash, number>([
  ['sha2-256', 32],
  ['sha2-384', 48],
  ['sha2-512', 64],
])

const SEAL_TAG_BYTES = 16
/** The shortest tag that a protocol asks for: HMAC 256/64 of RFC 9053. */
const MAC_TAG_BYTES_MIN = 8
/** How often HKDF can expand (RFC 5869). */
const DERIVED_DIGESTS_MAX = 255
const NOTHING = new Uint8Array(0)

/** What an engine does with a key, a nonce and a tag of the right size. */
export interface CipherEngine {
  readonly name: string
  seal(sealing: Required<Sealing>, plaintext: Uint8Array): Uint8Array
  /** Undefined when the tag is another one. */
  open(sealing: Required<Sealing>, sealed: Uint8Array): Uint8Array | undefined
  deriveKey(
    hash: KeyedHash,
    secret: Uint8Array,
    salt: Uint8Array,
    info: Uint8Array,
    length: number,
  ): Uint8Array
  /** The whole tag. */
  mac(hash: KeyedHash, key: Uint8Array, message: Uint8Array): Uint8Array
}

/** The provider that an engine makes once the strict checks stand in front of it. */
export function createStrictCipher(engine: CipherEngine): CipherProvider {
  return {
    name: engine.name,
    seal: (sealing, plaintext) => {
      const { nonce } = sizesFor(sealing)
      if (sealing.nonce.length !== nonce) throw new TypeError(`nonce must have ${nonce} bytes`)
      return engine.seal({ additional: NOTHING, ...sealing }, plaintext)
    },
    // The nonce comes with the ciphertext, from a peer, who is not ours to correct.
    open: (sealing, sealed) => {
      const { nonce } = sizesFor(sealing)
      if (sealing.nonce.length !== nonce || sealed.length < SEAL_TAG_BYTES) return undefined
      return engine.open({ additional: NOTHING, ...sealing }, sealed)
    },
    deriveKey: (secret, salt, info, length, hash = 'sha2-256') => {
      checkWithin('length', length, 1, DERIVED_DIGESTS_MAX * digestBytes(hash))
      return engine.deriveKey(hash, secret, salt, info, length)
    },
    mac: (hash, key, message, tagBytes) => tagOf(engine, hash, key, message, tagBytes),
    verifyMac: (hash, key, message, tag, tagBytes) =>
      equalBytes(tagOf(engine, hash, key, message, tagBytes), tag),
  }
}

/** The sizes of the algorithm, once the key has been found to be of them. */
function sizesFor({ algorithm, key }: Sealing): Sizes {
  const sizes = SIZES.get(algorithm)
  if (sizes === undefined) throw new TypeError('algorithm is not known')
  if (key.length !== sizes.key) throw new TypeError(`key must have ${sizes.key} bytes`)
  return sizes
}

function digestBytes(hash: KeyedHash): number {
  const bytes = DIGEST_BYTES.get(hash)
  if (bytes === undefined) throw new TypeError('hash is not known')
  return bytes
}

function tagOf(
  engine: CipherEngine,
  hash: KeyedHash,
  key: Uint8Array,
  message: Uint8Array,
  tagBytes = digestBytes(hash),
): Uint8Array {
  checkWithin('tagBytes', tagBytes, MAC_TAG_BYTES_MIN, digestBytes(hash))
  return engine.mac(hash, key, message).slice(0, tagBytes)
}

function checkWithin(name: string, value: number, min: number, max: number): void {
  if (!Number.isInteger(value) || value < min || value > max)
    throw new RangeError(`${name} must be ${min} to ${max}`)
}
