/**
 * What a key file says (spec/key-files.md): whose it is, and its secrets, as they are or encrypted.
 *
 *     { "format": 2, "principal": TEXT, "keys": [{ "algorithm": NAME, "secret": BASE64URL }, … 1 to 4] }
 *     { "format": 2, "principal": TEXT, "encrypted": { … see key-encryption.ts } }
 *
 * What is encrypted is the deterministic CBOR array of [algorithm, secret] pairs, for the principal as subject.
 * Format 1 is { "format": 1, "algorithm", "principal", "secret" }: read for ever, written no more.
 */
import { decodeCbor, encodeCbor, ENVELOPE_PROFILE } from '../../promisebase/index.ts'
import { isEncryptedSecret } from './key-encryption.ts'
import type { Principal } from '../../kernel/index.ts'
import type { CborValue, SignatureAlgorithm } from '../../promisebase/index.ts'
import type { EncryptedSecret } from './key-encryption.ts'
import type { SecretKey } from './key-secrets.ts'

export interface KeyFile {
  readonly principal: Principal
  readonly secrets: readonly SecretKey[] | EncryptedSecret
}

const ALGORITHMS: readonly string[] = ['Ed25519', 'ESP256', 'PS256', 'ML-DSA-44', 'ML-DSA-65', 'ML-DSA-87']
const SECRETS_MAX = 4
/** An RSA secret of 4096 bits, with room. */
const SECRET_BYTES_MAX = 2_560

/** Undefined for whatever is no key file. */
export function parseKeyFile(text: string): KeyFile | undefined {
  const { format, principal, ...others } = fieldsOf(text)
  if (typeof principal !== 'string') return undefined
  const secrets = format === 1 ? secretsOf([others]) : format === 2 ? content(others) : undefined
  return secrets && { principal, secrets }
}

export function keyFileText({ principal, secrets }: KeyFile): string {
  const fields = isPlain(secrets)
    ? { keys: secrets.map(({ algorithm, secret }) => ({ algorithm, secret: base64url(secret) })) }
    : { encrypted: secrets }
  return `${JSON.stringify({ format: 2, principal, ...fields }, null, 2)}\n`
}

export function isPlain(secrets: KeyFile['secrets']): secrets is readonly SecretKey[] {
  return Array.isArray(secrets)
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

/** Format 2 has exactly one of these fields, so that nothing in a file is left unread. */
function content(fields: Readonly<Record<string, unknown>>): KeyFile['secrets'] | undefined {
  const { keys, encrypted, ...others } = fields
  if (Object.keys(others).length > 0) return undefined
  if (encrypted === undefined) return Array.isArray(keys) ? secretsOf(keys) : undefined
  return keys === undefined && isEncryptedSecret(encrypted) ? encrypted : undefined
}

function secretsOf(keys: readonly unknown[]): readonly SecretKey[] | undefined {
  const pairs = keys.map((key): readonly unknown[] => {
    if (typeof key !== 'object' || key === null) return []
    const { algorithm, secret } = key as Record<string, unknown>
    return typeof secret === 'string' ? [algorithm, Buffer.from(secret, 'base64url')] : []
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

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url')
}
