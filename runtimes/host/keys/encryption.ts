/**
 * A secret under a passphrase, as fields for a key file of JSON (spec/key-files.md):
 *
 *     format       1
 *     kdf          "scrypt" (RFC 7914) over the passphrase in Unicode form NFKC, as UTF-8, to 32 bytes
 *     cost         N, a power of two; blockSize r = 8; parallelism p = 1: 128 · N · r bytes of memory
 *     salt         16 random bytes, base64url
 *     cipher       "ChaCha20-Poly1305"
 *     nonce        12 random bytes, base64url
 *     sealed       ciphertext ‖ tag, base64url
 *
 * Authenticated beside the secret, as deterministic CBOR: [format, kdf, cost, salt, cipher, subject], where
 * `subject` says whose secret it is, so that nobody puts one principal's secret under another's.
 */
import { scrypt } from 'node:crypto'
import { promisify } from 'node:util'

import { encodeCbor } from '../../../promisebase/index.ts'
import { HostError } from '../host-error.ts'
import { nodeCipher } from '../powers/cipher.ts'
import { nodeCrypto } from '../powers/crypto.ts'
import type { Sealing } from '../../../promisebase/index.ts'

/** How a key is made from a passphrase. */
export interface Derivation {
  readonly cost: number
  /** Base64url, as in the file. */
  readonly salt: string
}

/** What a key file holds in place of the secret. */
export interface EncryptedSecret extends Derivation {
  readonly format: 1
  readonly kdf: 'scrypt'
  readonly cipher: 'ChaCha20-Poly1305'
  readonly nonce: string
  readonly sealed: string
}

/** 128 MiB and about half a second for each guess; both for us and for whoever has the file. */
export const COST = 2 ** 17
/** Less protects nothing; more lets a file that somebody left here take gigabytes. */
const COST_MIN = 2 ** 14
const COST_MAX = 2 ** 20
const BLOCK_SIZE = 8
const SALT_BYTES = 16
const NONCE_BYTES = 12
/** A tag and four RSA secrets of 4096 bits, with room. */
const SEALED_BYTES_MAX = 10_240

const scryptAsync = promisify<string, Uint8Array, number, object, Uint8Array>(scrypt)

/** A salt nobody has used. @throws {RangeError} for a cost out of bounds */
export function freshDerivation(cost: number): Derivation {
  if (!isCost(cost)) throw new RangeError(`cost must be a power of two from ${COST_MIN} to ${COST_MAX}`)
  return { cost, salt: text(nodeCrypto.random(SALT_BYTES)) }
}

/** The key to seal and open with. @throws {HostError} `KEY_FILE` when there is no memory for it */
export async function deriveKey({ cost, salt }: Derivation, passphrase: string): Promise<Uint8Array> {
  // Twice what it needs: the bound is there to refuse, not to fit.
  const options = { N: cost, r: BLOCK_SIZE, p: 1, maxmem: 256 * cost * BLOCK_SIZE }
  return scryptAsync(passphrase.normalize('NFKC'), bytes(salt), 32, options).catch((cause: unknown) => {
    const needs = (128 * cost * BLOCK_SIZE) / 2 ** 20
    throw new HostError('KEY_FILE', `the key of a passphrase needs ${needs} MiB of memory to be made`, {
      cause,
      fix: 'make room in memory and run it again',
    })
  })
}

/** Encrypts the secret of `subject` under a key of {@link deriveKey}. */
export function encryptSecret(
  secret: Uint8Array,
  subject: string,
  { cost, salt }: Derivation,
  key: Uint8Array,
): EncryptedSecret {
  const header = {
    format: 1,
    kdf: 'scrypt',
    cost,
    salt,
    cipher: 'ChaCha20-Poly1305',
    nonce: text(nodeCrypto.random(NONCE_BYTES)),
  } as const
  return { ...header, sealed: text(nodeCipher.seal(sealingOf(header, subject, key), secret)) }
}

/** The secret of `subject` again; undefined for another passphrase or subject, or changed fields. */
export function decryptSecret(
  fields: EncryptedSecret,
  subject: string,
  key: Uint8Array,
): Uint8Array | undefined {
  return nodeCipher.open(sealingOf(fields, subject, key), bytes(fields.sealed))
}

/** Whether these fields are an encrypted secret, in the one spelling of each; so nothing is left unread. */
export function isEncryptedSecret(fields: unknown): fields is EncryptedSecret {
  if (typeof fields !== 'object' || fields === null) return false
  const { format, kdf, cost, salt, cipher, nonce, sealed, ...others } = fields as Record<string, unknown>
  return (
    Object.keys(others).length === 0 &&
    format === 1 &&
    kdf === 'scrypt' &&
    isCost(cost) &&
    cipher === 'ChaCha20-Poly1305' &&
    isText(salt, SALT_BYTES, SALT_BYTES) &&
    isText(nonce, NONCE_BYTES, NONCE_BYTES) &&
    isText(sealed, 0, SEALED_BYTES_MAX)
  )
}

function sealingOf(
  { format, kdf, cost, salt, cipher, nonce }: Omit<EncryptedSecret, 'sealed'>,
  subject: string,
  key: Uint8Array,
): Sealing {
  const additional = encodeCbor([format, kdf, cost, bytes(salt), cipher, subject])
  return { algorithm: cipher, key, nonce: bytes(nonce), additional }
}

function isCost(cost: unknown): cost is number {
  return (
    Number.isInteger(cost) &&
    (cost as number) >= COST_MIN &&
    (cost as number) <= COST_MAX &&
    Number.isInteger(Math.log2(cost as number))
  )
}

function isText(value: unknown, bytesMin: number, bytesMax: number): boolean {
  if (typeof value !== 'string' || value.length > 2 * bytesMax) return false
  const read = bytes(value)
  return read.length >= bytesMin && read.length <= bytesMax && text(read) === value
}

function text(value: Uint8Array): string {
  return Buffer.from(value).toString('base64url')
}

function bytes(value: string): Uint8Array {
  return Uint8Array.from(Buffer.from(value, 'base64url'))
}
