/**
 * Encrypts content to the holders of encryption keys. It is secret, and as it was sealed; it does not say who
 * sealed it: whoever knows the key can. Sign what is sealed, or the message that carries it.
 */
import { aeskw } from '@noble/ciphers/aes.js'

import { CborTagged, encodeCbor } from '../../promisebase/index.ts'
import { refuse } from '../errors.ts'
import { equalBytes } from '../message/equal-bytes.ts'
import {
  CONTENT_ALGORITHM,
  CONTENT_KEY_BYTES,
  ENCAPSULATED,
  ENCRYPTED_TYPE,
  encryptionKeyId,
  NONCE_BYTES,
  wrappingKey,
  X_WING_A256KW,
} from './encryption.ts'
import { COSE_TAG, HEADER } from './labels.ts'
import { COSE_LIMITS } from './limits.ts'
import { encStructure } from './structures.ts'
import type { AgreementKey, CborValue } from '../../promisebase/index.ts'
import type { Result } from '../errors.ts'
import type { EncryptionOptions, EncryptionPowers } from './encryption.ts'

const ENTROPY_BYTES = 64
const NOTHING = new Uint8Array(0)

/**
 * Encrypts to the holders of these keys. A key that is not admitted is refused, because it came from someone.
 * @throws {RangeError} for no key or more than `COSE_LIMITS.recipients` @throws {TypeError} for another algorithm
 */
export function encryptTo(
  powers: EncryptionPowers,
  keys: readonly AgreementKey[],
  plaintext: Uint8Array,
  { algorithm = 'AES-256-GCM', externalAad = NOTHING }: EncryptionOptions = {},
): Result<Uint8Array> {
  if (keys.length === 0 || keys.length > COSE_LIMITS.recipients)
    throw new RangeError(`keys must be 1 to ${COSE_LIMITS.recipients}`)
  if (plaintext.length > COSE_LIMITS.detachedBytes)
    return refuse('LIMIT', `at most ${COSE_LIMITS.detachedBytes} bytes are encrypted at once`)
  const { crypto, cipher } = powers
  const [key, nonce] = [crypto.random(CONTENT_KEY_BYTES), crypto.random(NONCE_BYTES)]
  const body = encodeCbor(
    new Map<number, CborValue>([
      [HEADER.alg, CONTENT_ALGORITHM[algorithm]],
      [HEADER.iv, nonce],
      [HEADER.typ, ENCRYPTED_TYPE],
    ]),
  )
  const recipients = sealKey(powers, keys, key, body)
  if (recipients.refused !== undefined) return recipients
  const additional = encStructure('Encrypt', body, externalAad)
  const ciphertext = cipher.seal({ algorithm, key, nonce, additional }, plaintext)
  key.fill(0)
  return { ok: encodeCbor(new CborTagged(COSE_TAG.Encrypt, [body, new Map(), ciphertext, recipients.ok])) }
}

function sealKey(
  { crypto, agreement, cipher }: EncryptionPowers,
  keys: readonly AgreementKey[],
  contentKey: Uint8Array,
  body: Uint8Array,
): Result<CborValue[]> {
  const ids = keys.map((key) => encryptionKeyId(crypto, key))
  if (ids.some((id, index) => ids.findIndex((other) => equalBytes(id, other)) !== index))
    return refuse('KEY', 'a key is named twice')
  const recipients: CborValue[] = []
  for (const [index, key] of keys.entries()) {
    const sent = agreement.encapsulate(key, crypto.random(ENTROPY_BYTES))
    if (sent === undefined) return refuse('KEY', `encryption key ${index} is not admitted`)
    const header = encodeCbor(
      new Map<number, CborValue>([
        [HEADER.alg, X_WING_A256KW],
        [HEADER.kid, ids[index] as Uint8Array],
        [ENCAPSULATED, sent.ciphertext],
      ]),
    )
    const wrapping = wrappingKey(cipher, sent.sharedSecret, header, body)
    recipients.push([header, new Map(), aeskw(wrapping).encrypt(contentKey)])
    wrapping.fill(0)
  }
  return { ok: recipients }
}
