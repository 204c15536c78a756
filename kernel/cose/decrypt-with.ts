/** Opens content that was encrypted to a key: the strict form of spec/cose.md#encryption and no other. */
import { decodeCbor, FOREIGN_PROFILE, isTagged } from '../../promisebase/index.ts'
import { refuse } from '../errors.ts'
import { equalBytes } from '../message/equal-bytes.ts'
import {
  CONTENT_ALGORITHM,
  ENCAPSULATED,
  ENCRYPTED_TYPE,
  encryptionKeyId,
  NONCE_BYTES,
  wrappingKey,
  X_WING_A256KW,
} from './encryption.ts'
import { unwrap } from './key-wrap.ts'
import { COSE_TAG, HEADER } from './labels.ts'
import { COSE_LIMITS } from './limits.ts'
import { encStructure } from './structures.ts'
import type { CborMap, CborProfile, CborValue } from '../../promisebase/index.ts'
import type { Result } from '../errors.ts'
import type { ContentAlgorithm, EncryptionOptions, EncryptionPowers } from './encryption.ts'

const X_WING_CIPHERTEXT_BYTES = 1120
const WRAPPED_BYTES = 40
const NOTHING = new Uint8Array(0)

/** Who opens: the secret of an X-Wing key, of 32 bytes. */
export interface EncryptionSecret {
  readonly algorithm: 'X-Wing'
  readonly secret: Uint8Array
}

const PROFILE: CborProfile = { ...FOREIGN_PROFILE, name: 'sealed', maxBytes: COSE_LIMITS.sealedBytes }

/** Opens what was encrypted to the key of this secret. */
export function decryptWith(
  powers: EncryptionPowers,
  own: EncryptionSecret,
  bytes: Uint8Array,
  { externalAad = NOTHING }: Pick<EncryptionOptions, 'externalAad'> = {},
): Result<Uint8Array> {
  const read = readEncrypted(bytes)
  if (read.refused !== undefined) return read
  const { body, algorithm, nonce, ciphertext, recipients } = read.ok
  const { crypto, agreement, cipher } = powers
  const id = encryptionKeyId(crypto, agreement.publicKey(own.algorithm, own.secret))
  const recipient = recipients.find(({ kid }) => equalBytes(kid, id))
  if (recipient === undefined) return refuse('KEY', 'this was not encrypted to this key')
  const shared = agreement.decapsulate(own.algorithm, own.secret, recipient.encapsulated)
  if (shared === undefined) return refuse('SIG', 'what was sent to this key holds no secret')
  const wrapping = wrappingKey(cipher, shared, recipient.header, body)
  const key = unwrap(wrapping, recipient.wrapped)
  wrapping.fill(0)
  if (key.refused !== undefined) return key
  const additional = encStructure('Encrypt', body, externalAad)
  const plaintext = cipher.open({ algorithm, key: key.ok, nonce, additional }, ciphertext)
  key.ok.fill(0)
  return plaintext === undefined ? refuse('SIG', 'the sealed content does not open') : { ok: plaintext }
}

interface Encrypted {
  readonly body: Uint8Array
  readonly algorithm: ContentAlgorithm
  readonly nonce: Uint8Array
  readonly ciphertext: Uint8Array
  readonly recipients: readonly EncryptedKey[]
}

interface EncryptedKey {
  readonly header: Uint8Array
  readonly kid: Uint8Array
  readonly encapsulated: Uint8Array
  readonly wrapped: Uint8Array
}

function readEncrypted(bytes: Uint8Array): Result<Encrypted> {
  const decoded = decodeCbor(bytes, PROFILE)
  if (decoded.refused !== undefined) return decoded
  const parts = isTagged(decoded.ok, COSE_TAG.Encrypt) ? decoded.ok.value : undefined
  if (!Array.isArray(parts) || parts.length !== 4)
    return refuse('SHAPE', 'encrypted content is a COSE_Encrypt: tag 96 over four elements')
  const [body, unprotected, ciphertext, sent] = parts
  const header = readOwnHeader(body, unprotected, [HEADER.alg, HEADER.iv, HEADER.typ])
  if (header.refused !== undefined) return header
  const nonce = header.ok.get(HEADER.iv)
  if (header.ok.get(HEADER.typ) !== ENCRYPTED_TYPE || !isBytes(nonce, NONCE_BYTES))
    return refuse('SHAPE', `typ must be ${ENCRYPTED_TYPE}, and the IV ${NONCE_BYTES} bytes`)
  const algorithm = contentAlgorithm(header.ok.get(HEADER.alg))
  if (algorithm === undefined) return refuse('ALG', 'content is encrypted by algorithm 3 or 24')
  if (!(ciphertext instanceof Uint8Array)) return refuse('SHAPE', 'the ciphertext is a byte string')
  const recipients = readOwnRecipients(sent)
  if (recipients.refused !== undefined) return recipients
  return { ok: { body: body as Uint8Array, algorithm, nonce, ciphertext, recipients: recipients.ok } }
}

function contentAlgorithm(number: CborValue | undefined): ContentAlgorithm | undefined {
  const names = Object.keys(CONTENT_ALGORITHM) as ContentAlgorithm[]
  return names.find((name) => CONTENT_ALGORITHM[name] === number)
}

function readOwnRecipients(value: CborValue | undefined): Result<EncryptedKey[]> {
  if (!Array.isArray(value) || value.length === 0)
    return refuse('SHAPE', 'recipients are an array of at least one')
  if (value.length > COSE_LIMITS.recipients)
    return refuse('LIMIT', `there are at most ${COSE_LIMITS.recipients} recipients`)
  const recipients: EncryptedKey[] = []
  for (const each of value) {
    const recipient = readOwnRecipient(each)
    if (recipient.refused !== undefined) return recipient
    if (recipients.some(({ kid }) => equalBytes(kid, recipient.ok.kid)))
      return refuse('SHAPE', 'a key is named by two recipients')
    recipients.push(recipient.ok)
  }
  return { ok: recipients }
}

function readOwnRecipient(value: CborValue): Result<EncryptedKey> {
  if (!Array.isArray(value) || value.length !== 3)
    return refuse('SHAPE', 'a recipient is an array of three elements')
  const [header, unprotected, wrapped] = value
  const read = readOwnHeader(header, unprotected, [HEADER.alg, HEADER.kid, ENCAPSULATED])
  if (read.refused !== undefined) return read
  if (read.ok.get(HEADER.alg) !== X_WING_A256KW)
    return refuse('ALG', `a recipient has algorithm ${X_WING_A256KW}`)
  const [kid, encapsulated] = [read.ok.get(HEADER.kid), read.ok.get(ENCAPSULATED)]
  if (
    !isBytes(kid, 32) ||
    !isBytes(encapsulated, X_WING_CIPHERTEXT_BYTES) ||
    !isBytes(wrapped, WRAPPED_BYTES)
  )
    return refuse('SHAPE', 'kid, X-Wing ciphertext or wrapped key of a recipient is of another length')
  return { ok: { header: header as Uint8Array, kid, encapsulated, wrapped } }
}

/** Everything is protected, and nothing else is there. */
function readOwnHeader(
  header: CborValue | undefined,
  unprotected: CborValue | undefined,
  labels: readonly number[],
): Result<CborMap> {
  if (!(header instanceof Uint8Array) || !(unprotected instanceof Map))
    return refuse('SHAPE', 'COSE headers are a byte string and a map')
  const decoded = decodeCbor(header, PROFILE)
  if (decoded.refused !== undefined) return decoded
  const map = decoded.ok
  const isExact = map instanceof Map && map.size === labels.length && labels.every((label) => map.has(label))
  if (!isExact || unprotected.size > 0)
    return refuse('SHAPE', `the protected header holds exactly ${labels.join(', ')}, the other one nothing`)
  return { ok: map }
}

function isBytes(value: CborValue | undefined, length: number): value is Uint8Array {
  return value instanceof Uint8Array && value.length === length
}
