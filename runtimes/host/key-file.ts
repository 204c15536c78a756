/**
 * What a key file says (spec/key-files.md): whose it is, and its secrets, as they are or encrypted.
 *
 *     { "format": 2, "principal": TEXT, "keys": [{ "algorithm": NAME, "secret": BASE64URL }, … 1 to 4] }
 *     { "format": 2, "principal": TEXT, "keySet": BASE64URL?, "encrypted": { … see key-encryption.ts } }
 *
 * `keySet` is the block that the principal is the CID of, when it is one; keys in the clear say it themselves.
 * What is encrypted is the deterministic CBOR array of [algorithm, secret] pairs, for the principal as subject.
 * Format 1 is { "format": 1, "algorithm", "principal", "secret" }: read for ever, written no more.
 */
import { decodeCbor, encodeCbor, ENVELOPE_PROFILE } from '../../promisebase/index.ts'
import { isEncryptedSecret } from './key-encryption.ts'
import type { Principal } from '../../kernel/index.ts'
import type { CborValue, SignatureAlgorithm } from '../../promisebase/index.ts'
import type { EncryptedSecret } from './key-encryption.ts'
import type { SecretKey } from './key-secrets.ts'

/** Secrets in the clear. */
export interface PlainKeyFile {
  readonly principal: Principal
  readonly secrets: readonly SecretKey[]
}

/** Secrets under a passphrase, and what is known without it. */
export interface EncryptedKeyFile {
  readonly principal: Principal
  readonly keySet?: Uint8Array
  readonly encrypted: EncryptedSecret
}

export type KeyFile = PlainKeyFile | EncryptedKeyFile

const ALGORITHMS: readonly string[] = ['Ed25519', 'ESP256', 'PS256', 'ML-DSA-44', 'ML-DSA-65', 'ML-DSA-87']
const SECRETS_MAX = 4
/** An RSA secret of 4096 bits, with room. */
const SECRET_BYTES_MAX = 2_560

/** Undefined for whatever is no key file. */
export function parseKeyFile(text: string): KeyFile | undefined {
  const { format, principal, ...others } = fieldsOf(text)
  if (typeof principal !== 'string') return undefined
  if (format === 1) return plain(principal, [others])
  return format === 2 ? content(principal, others) : undefined
}

export function keyFileText(file: KeyFile): string {
  const { principal, ...others } = file
  const fields = isPlain(file)
    ? { keys: file.secrets.map(({ algorithm, secret }) => ({ algorithm, secret: base64url(secret) })) }
    : { ...others, ...(file.keySet && { keySet: base64url(file.keySet) }) }
  return `${JSON.stringify({ format: 2, principal, ...fields }, null, 2)}\n`
}

export function isPlain(file: KeyFile): file is PlainKeyFile {
  return 'secrets' in file
}

/** Secrets as the bytes that are encrypted. */
export function encodeSecrets(secrets: readonly SecretKey[]): Uint8Array {
  return encodeCbor(secrets.map(({ algorithm, secret }) => [algorithm, secret]))
}

/** The same again; undefined for other bytes. */
export function decodeSecrets(bytes: Uint8Array): readonly SecretKey[] | undefined {
  const read = decodeCbor(bytes, ENVELOPE_PROFILE).ok
  if (!Array.isArray(read)) return undefined
  return allOf(
    read.map((pair: CborValue) => (Array.isArray(pair) && pair.length === 2 ? pair : [])).map(secretKey),
  )
}

/** Format 2 has exactly these fields, so that nothing in a file is left unread. */
function content(principal: Principal, fields: Readonly<Record<string, unknown>>): KeyFile | undefined {
  const { keys, keySet, encrypted, ...others } = fields
  if (Object.keys(others).length > 0) return undefined
  if (encrypted === undefined)
    return Array.isArray(keys) && keySet === undefined ? plain(principal, keys) : undefined
  if (keys !== undefined || !isEncryptedSecret(encrypted)) return undefined
  if (keySet === undefined) return { principal, encrypted }
  return typeof keySet === 'string' ? { principal, keySet: bytesOf(keySet), encrypted } : undefined
}

function plain(principal: Principal, keys: readonly unknown[]): PlainKeyFile | undefined {
  const secrets = secretsOf(keys)
  return secrets && { principal, secrets }
}

function secretsOf(keys: readonly unknown[]): readonly SecretKey[] | undefined {
  const pairs = keys.map((key): readonly unknown[] => {
    if (typeof key !== 'object' || key === null) return []
    const { algorithm, secret } = key as Record<string, unknown>
    return typeof secret === 'string' ? [algorithm, bytesOf(secret)] : []
  })
  return allOf(pairs.map(secretKey))
}

function secretKey([algorithm, secret]: readonly unknown[]): SecretKey | undefined {
  if (typeof algorithm !== 'string' || !ALGORITHMS.includes(algorithm)) return undefined
  if (!(secret instanceof Uint8Array) || secret.length < 32 || secret.length > SECRET_BYTES_MAX)
    return undefined
  return { algorithm: algorithm as SignatureAlgorithm, secret: Uint8Array.from(secret) }
}

function allOf(secrets: readonly (SecretKey | undefined)[]): readonly SecretKey[] | undefined {
  const read = secrets.filter((each) => each !== undefined)
  return read.length === secrets.length && read.length >= 1 && read.length <= SECRETS_MAX ? read : undefined
}

function fieldsOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(text)
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

/** Plain bytes, no Buffer of a shared pool. */
function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'base64url'))
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url')
}
