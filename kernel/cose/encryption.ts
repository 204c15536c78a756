/**
 * The one form in which content is encrypted to encryption keys (spec/cose.md#encryption): its numbers, its
 * keys, and how the key of a recipient comes out of what X-Wing agreed on.
 */
import { encodeCbor } from '../../promisebase/index.ts'
import { refuse } from '../errors.ts'
import type {
  AgreementKey,
  AgreementProvider,
  CborMap,
  CborValue,
  CipherAlgorithm,
  CipherProvider,
  CryptoProvider,
} from '../../promisebase/index.ts'
import type { Result } from '../errors.ts'
import type { CoseKey } from './key.ts'

/** A number for private use: X-Wing has none in COSE yet. */
export const X_WING_A256KW = -65600
/** Header parameter of a recipient: what X-Wing sends. */
export const ENCAPSULATED = -65601
export const ENCRYPTED_TYPE = 'promisegrid-encrypted+cose'
export const NONCE_BYTES = 12
export const CONTENT_KEY_BYTES = 32

export const CONTENT_ALGORITHM: Record<CipherAlgorithm, number> = {
  'AES-256-GCM': 3,
  'ChaCha20-Poly1305': 24,
}
const A256KW = -5
const NOTHING = new Uint8Array(0)

export interface EncryptionPowers {
  readonly crypto: Pick<CryptoProvider, 'sha256' | 'random'>
  readonly agreement: AgreementProvider
  readonly cipher: CipherProvider
}

export interface EncryptionOptions {
  /** AES-256-GCM without it. */
  readonly algorithm?: CipherAlgorithm
  /** Bound to the content and not sent: what it is for. The reader has to know it. */
  readonly externalAad?: Uint8Array
}

/** The COSE_Key of an encryption key: type AKP, as ML-DSA has it. @throws {TypeError} for another algorithm */
export function coseEncryptionKey({ algorithm, bytes }: AgreementKey): CborMap {
  if (algorithm !== 'X-Wing') throw new TypeError(`content is encrypted to X-Wing keys, not to ${algorithm}`)
  return new Map<number, CborValue>([
    [1, 7],
    [3, X_WING_A256KW],
    [-1, bytes],
  ])
}

/** The encryption key in a COSE_Key that was read; whether it is admitted is seen when it is used. */
export function encryptionKeyFrom({ material, algorithm }: CoseKey): Result<AgreementKey> {
  if (material.type !== 'AKP' || algorithm !== X_WING_A256KW)
    return refuse('KEY', 'not the COSE_Key of an X-Wing key')
  return { ok: { algorithm: 'X-Wing', bytes: material.pub } }
}

/** Key identifier of an encryption key: its COSE Key Thumbprint, as for keys that sign. */
export function encryptionKeyId(crypto: Pick<CryptoProvider, 'sha256'>, key: AgreementKey): Uint8Array {
  return crypto.sha256(encodeCbor(coseEncryptionKey(key)))
}

/** The key that wraps, for one recipient and one content: COSE_KDF_Context with the body's header as `other`. */
export function wrappingKey(
  cipher: CipherProvider,
  shared: Uint8Array,
  header: Uint8Array,
  body: Uint8Array,
): Uint8Array {
  const nobody = [null, null, null]
  const context = encodeCbor([A256KW, nobody, nobody, [CONTENT_KEY_BYTES * 8, header, body]])
  return cipher.deriveKey(shared, NOTHING, context, CONTENT_KEY_BYTES)
}
