/** One result for every cipher engine: sizes are judged here, in front of the engine. */
import type { CipherAlgorithm, CipherProvider, Sealing } from '../interface.ts'

const NONCE_BYTES = 12
const KEY_BYTES = 32
const TAG_BYTES = 16
/** 255 blocks of SHA-256 (RFC 5869). */
const DERIVED_BYTES_MAX = 8160
const NOTHING = new Uint8Array(0)

/** What an engine does with a key, a nonce and a tag of the right size. */
export interface CipherEngine {
  readonly name: string
  seal(sealing: Required<Sealing>, plaintext: Uint8Array): Uint8Array
  /** Undefined when the tag is another one. */
  open(sealing: Required<Sealing>, sealed: Uint8Array): Uint8Array | undefined
  deriveKey(secret: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number): Uint8Array
}

/** The provider that an engine makes once the strict checks stand in front of it. */
export function createStrictCipher(engine: CipherEngine): CipherProvider {
  return {
    name: engine.name,
    seal: (sealing, plaintext) => {
      checkKey(sealing)
      if (sealing.nonce.length !== NONCE_BYTES) throw new TypeError(`nonce must have ${NONCE_BYTES} bytes`)
      return engine.seal({ additional: NOTHING, ...sealing }, plaintext)
    },
    // The nonce comes with the ciphertext, from a peer, who is not ours to correct.
    open: (sealing, sealed) => {
      checkKey(sealing)
      if (sealing.nonce.length !== NONCE_BYTES || sealed.length < TAG_BYTES) return undefined
      return engine.open({ additional: NOTHING, ...sealing }, sealed)
    },
    deriveKey: (secret, salt, info, length) => {
      if (!Number.isInteger(length) || length < 1 || length > DERIVED_BYTES_MAX)
        throw new RangeError(`length must be 1 to ${DERIVED_BYTES_MAX}`)
      return engine.deriveKey(secret, salt, info, length)
    },
  }
}

const KNOWN: ReadonlySet<CipherAlgorithm> = new Set(['ChaCha20-Poly1305', 'AES-256-GCM'])

function checkKey({ algorithm, key }: Sealing): void {
  if (!KNOWN.has(algorithm)) throw new TypeError('algorithm is not known')
  if (key.length !== KEY_BYTES) throw new TypeError(`key must have ${KEY_BYTES} bytes`)
}
