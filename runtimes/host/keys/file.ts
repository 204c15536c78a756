/**
 * What a key file says (spec/key-files.md): whose it is, and its secrets, as they are or encrypted.
 *
 *     { "format": 2, "principal": TEXT, "keys": [{ "algorithm": NAME, "secret": BASE64URL }, … 1 to 4] }
 *     { "format": 2, "principal": TEXT, "keySet": BASE64URL?, "encrypted": { … see encryption.ts } }
 *
 * `keySet` is the block that the principal is the CID of, when it is one; keys in the clear say it themselves.
 * What is encrypted is the deterministic CBOR array of [algorithm, secret] pairs, for the principal as subject.
 * Format 3 is that of an identity with an encryption key: its secret is one more key, the last, of algorithm
 * X-Wing, and beside `encrypted` stands `encryptionKey`, its public part.
 * Format 1 is { "format": 1, "algorithm", "principal", "secret" }: read for ever, written no more.
 */
import { decodeCbor, encodeCbor, ENVELOPE_PROFILE } from '../../../promisebase/index.ts'
import { isEncryptedSecret } from './encryption.ts'
import type { Principal } from '../../../kernel/index.ts'
import type { CborValue, SignatureAlgorithm } from '../../../promisebase/index.ts'
import type { EncryptedSecret } from './encryption.ts'
import type { SecretKey, Secrets } from './secrets.ts'

/** Secrets in the clear. */
export interface PlainKeyFile extends Secrets {
  readonly principal: Principal
}

/** Secrets under a passphrase, and what is known without it. */
export interface EncryptedKeyFile {
  readonly principal: Principal
  readonly keySet?: Uint8Array
  /** Of X-Wing. */
  readonly encryptionKey?: Uint8Array
  readonly encrypted: EncryptedSecret
}

export type KeyFile = PlainKeyFile | EncryptedKeyFile

const ALGORITHMS: readonly string[] = ['Ed25519', 'ESP256', 'PS256', 'ML-DSA-44', 'ML-DSA-65', 'ML-DSA-87']
const ENCRYPTION_ALGORITHM = 'X-Wing'
const ENCRYPTION_SECRET_BYTES = 32
const ENCRYPTION_KEY_BYTES = 1_216
const SECRETS_MAX = 4
/** An RSA secret of 4096 bits, with room. */
const SECRET_BYTES_MAX = 2_560

/** Undefined for whatever is no key file. */
export function parseKeyFile(text: string): KeyFile | undefined {
  const { format, principal, ...others } = fieldsOf(text)
  if (typeof principal !== 'string') return undefined
  if (format === 1) return plain(principal, [others], false)
  return format === 2 || format === 3 ? content(principal, others, format === 3) : undefined
}

export function keyFileText(file: KeyFile): string {
  const { principal } = file
  const fields = isPlain(file) ? { keys: allOf(file).map(keyFields) } : encryptedFields(file)
  const format = (isPlain(file) ? file.encryption : file.encryptionKey) === undefined ? 2 : 3
  return `${JSON.stringify({ format, principal, ...fields }, null, 2)}\n`
}

export function isPlain(file: KeyFile): file is PlainKeyFile {
  return 'secrets' in file
}

/** Secrets as the bytes that are encrypted. */
export function encodeSecrets(secrets: Secrets): Uint8Array {
  return encodeCbor(allOf(secrets).map(({ algorithm, secret }) => [algorithm, secret]))
}

/** The same again; undefined for other bytes. */
export function decodeSecrets(bytes: Uint8Array): Secrets | undefined {
  const read = decodeCbor(bytes, ENVELOPE_PROFILE).ok
  if (!Array.isArray(read)) return undefined
  return secretsOf(
    read.map((pair: CborValue): Pair => (Array.isArray(pair) && pair.length === 2 ? pair : [])),
  )
}

type Pair = readonly unknown[]
type Key = SecretKey | NonNullable<Secrets['encryption']>

function allOf({ secrets, encryption }: Secrets): readonly Key[] {
  return encryption === undefined ? secrets : [...secrets, encryption]
}

function keyFields({ algorithm, secret }: Key): object {
  return { algorithm, secret: base64url(secret) }
}

function encryptedFields({ keySet, encryptionKey, encrypted }: EncryptedKeyFile): object {
  return {
    ...(keySet && { keySet: base64url(keySet) }),
    ...(encryptionKey && { encryptionKey: base64url(encryptionKey) }),
    encrypted,
  }
}

/** Formats 2 and 3 have exactly these fields, so that nothing in a file is left unread. */
function content(
  principal: Principal,
  fields: Readonly<Record<string, unknown>>,
  hasEncryptionKey: boolean,
): KeyFile | undefined {
  const { keys, keySet, encryptionKey, encrypted, ...others } = fields
  if (Object.keys(others).length > 0) return undefined
  if (encrypted === undefined)
    return Array.isArray(keys) && keySet === undefined && encryptionKey === undefined
      ? plain(principal, keys, hasEncryptionKey)
      : undefined
  if (keys !== undefined || !isEncryptedSecret(encrypted)) return undefined
  const parts = publicParts(keySet, encryptionKey, hasEncryptionKey)
  return parts && { principal, ...parts, encrypted }
}

/** What stands beside secrets that are encrypted. */
function publicParts(
  keySet: unknown,
  encryptionKey: unknown,
  hasEncryptionKey: boolean,
): Pick<EncryptedKeyFile, 'keySet' | 'encryptionKey'> | undefined {
  if (keySet !== undefined && typeof keySet !== 'string') return undefined
  const set = keySet === undefined ? {} : { keySet: bytesOf(keySet) }
  if (!hasEncryptionKey) return encryptionKey === undefined ? set : undefined
  if (typeof encryptionKey !== 'string') return undefined
  const bytes = bytesOf(encryptionKey)
  const isWhole = bytes.length === ENCRYPTION_KEY_BYTES && base64url(bytes) === encryptionKey
  return isWhole ? { ...set, encryptionKey: bytes } : undefined
}

function plain(
  principal: Principal,
  keys: readonly unknown[],
  hasEncryptionKey: boolean,
): PlainKeyFile | undefined {
  const secrets = secretsOf(
    keys.map((key): Pair => {
      if (typeof key !== 'object' || key === null) return []
      const { algorithm, secret } = key as Record<string, unknown>
      return typeof secret === 'string' ? [algorithm, bytesOf(secret)] : []
    }),
  )
  const isOfFormat = (secrets?.encryption !== undefined) === hasEncryptionKey
  return secrets && isOfFormat ? { principal, ...secrets } : undefined
}

/** An encryption key stands last, and once. */
function secretsOf(pairs: readonly Pair[]): Secrets | undefined {
  const encryption = encryptionSecret(pairs.at(-1) ?? [])
  const secrets = (encryption === undefined ? pairs : pairs.slice(0, -1)).map(secretKey)
  const read = secrets.filter((each) => each !== undefined)
  if (read.length !== secrets.length || read.length < 1 || read.length > SECRETS_MAX) return undefined
  return { secrets: read, ...(encryption && { encryption }) }
}

function encryptionSecret([algorithm, secret]: Pair): Secrets['encryption'] {
  if (algorithm !== ENCRYPTION_ALGORITHM || !(secret instanceof Uint8Array)) return undefined
  return secret.length === ENCRYPTION_SECRET_BYTES
    ? { algorithm, secret: Uint8Array.from(secret) }
    : undefined
}

function secretKey([algorithm, secret]: Pair): SecretKey | undefined {
  if (typeof algorithm !== 'string' || !ALGORITHMS.includes(algorithm)) return undefined
  if (!(secret instanceof Uint8Array) || secret.length < 32 || secret.length > SECRET_BYTES_MAX)
    return undefined
  return { algorithm: algorithm as SignatureAlgorithm, secret: Uint8Array.from(secret) }
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
