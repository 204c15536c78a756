/**
 * A secret under a passphrase, as fields for a key file of JSON:
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
 * `subject` says whose secret it is, so that nobody puts one file's secret under another file's name.
 */
import { scrypt } from 'node:crypto'
import { promisify } from 'node:util'

import { encodeCbor } from '../../promisebase/index.ts'
import { HostError } from './host-error.ts'
import { nodeCipher } from './node-cipher.ts'
import { nodeCrypto } from './node-crypto.ts'
import type { Sealing } from '../../promisebase/index.ts'

/** What a key file holds in place of the secret. */
export interface EncryptedSecret {
  readonly format: 1
  readonly kdf: 'scrypt'
  readonly cost: number
  readonly salt: string
  readonly cipher: 'ChaCha20-Poly1305'
  readonly nonce: string
  readonly sealed: string
}

/** 128 MiB and about half a second for each guess; both for us and for whoever has the file. */
const COST = 2 ** 17
/** Less protects nothing; more lets a file that somebody left here take gigabytes. */
const COST_MIN = 2 ** 14
const COST_MAX = 2 ** 20
const BLOCK_SIZE = 8
const SALT_BYTES = 16
const NONCE_BYTES = 12
/** A tag and an RSA secret of 4096 bits, with room. */
const SEALED_BYTES_MAX = 4096

const scryptAsync = promisify<string, Uint8Array, number, object, Uint8Array>(scrypt)

/** Encrypts the secret of `subject`. @throws {RangeError} for an empty passphrase or a cost out of bounds */
export async function encryptSecret(
  secret: Uint8Array,
  subject: string,
  passphrase: string,
  cost = COST,
): Promise<EncryptedSecret> {
  if (passphrase === '') throw new RangeError('passphrase must not be empty')
  if (!isCost(cost)) throw new RangeError(`cost must be a power of two from ${COST_MIN} to ${COST_MAX}`)
  const header = {
    format: 1,
    kdf: 'scrypt',
    cost,
    salt: text(nodeCrypto.random(SALT_BYTES)),
    cipher: 'ChaCha20-Poly1305',
    nonce: text(nodeCrypto.random(NONCE_BYTES)),
  } as const
  const sealing = await sealingOf(header, subject, passphrase)
  const sealed = nodeCipher.seal(sealing, secret)
  sealing.key.fill(0)
  return { ...header, sealed: text(sealed) }
}

/** The secret of `subject` again. @throws {HostError} `KEY_FILE` for another form, passphrase or subject */
export async function decryptSecret(
  fields: unknown,
  subject: string,
  passphrase: string,
): Promise<Uint8Array> {
  if (!isEncryptedSecret(fields))
    throw new HostError('KEY_FILE', `the secret of ${subject} is not encrypted in format 1`)
  const sealing = await sealingOf(fields, subject, passphrase)
  const secret = nodeCipher.open(sealing, bytes(fields.sealed))
  sealing.key.fill(0)
  if (secret === undefined)
    throw new HostError('KEY_FILE', `the secret of ${subject}: wrong passphrase, or the file was changed`)
  return secret
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

async function sealingOf(
  { format, kdf, cost, salt, cipher, nonce }: Omit<EncryptedSecret, 'sealed'>,
  subject: string,
  passphrase: string,
): Promise<Sealing> {
  // Twice what it needs: the bound is there to refuse, not to fit.
  const options = { N: cost, r: BLOCK_SIZE, p: 1, maxmem: 256 * cost * BLOCK_SIZE }
  const key = await scryptAsync(passphrase.normalize('NFKC'), bytes(salt), 32, options)
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
