/**
 * COSE_recipient (RFC 9052 section 5.1, RFC 9053 section 6): how one recipient comes to the key of the content.
 * Reading is bounded in number and depth; only then does anything cost more than its length.
 */
import { aeskw } from '@noble/ciphers/aes.js'

import { refuse } from '../errors.ts'
import { agree } from './agreement.ts'
import { contentKeyBytes } from './content-cipher.ts'
import { isKid, parameter } from './header.ts'
import { checkKeyUse, coseKeyFrom, KEY_OPERATION } from './key.ts'
import { deriveKey, kdfContext } from './key-derivation.ts'
import { RECIPIENT_HEADER } from './labels.ts'
import { COSE_LIMITS } from './limits.ts'
import { macKeyBytes } from './mac-algorithms.ts'
import { readDetachable, splitParts } from './read.ts'
import type { CborValue } from '../../promisebase/index.ts'
import type { Result } from '../errors.ts'
import type { CoseHeaders } from './header.ts'
import type { CoseReading } from './item.ts'
import type { CoseKey } from './key.ts'
import type { KeyDerivation, UnsentContext } from './key-derivation.ts'

export interface CoseRecipient {
  readonly headers: CoseHeaders
  readonly algorithm: number
  /** The wrapped key; empty where the key is shared or derived. */
  readonly wrapped: Uint8Array
  readonly recipients: readonly CoseRecipient[]
}

/** What a recipient has. */
export interface RecipientKey {
  readonly key: CoseKey
  /** The sender's static key, where the message names it and does not hold it. */
  readonly sender?: CoseKey
  readonly context?: UnsentContext
}

interface RecipientAlgorithm {
  /** Where the secret comes from. */
  readonly from: 'direct' | 'shared' | 'agreed' | 'wrapped'
  readonly derivation?: KeyDerivation
  /** Key wrap behind the derivation, or by the shared key itself. */
  readonly wrap?: number
}

const NOTHING = new Uint8Array(0)

/** AES key wrap by its COSE number: bytes of the key. */
const WRAP_KEY_BYTES = new Map([
  [-3, 16],
  [-4, 24],
  [-5, 32],
])

const ALGORITHMS = new Map<number, RecipientAlgorithm>([
  [-6, { from: 'direct' }],
  [-10, { from: 'shared', derivation: 'HKDF-SHA-256' }],
  [-11, { from: 'shared', derivation: 'HKDF-SHA-512' }],
  [-12, { from: 'shared', derivation: 'HKDF-AES-MAC' }],
  [-13, { from: 'shared', derivation: 'HKDF-AES-MAC' }],
  [-3, { from: 'wrapped', wrap: -3 }],
  [-4, { from: 'wrapped', wrap: -4 }],
  [-5, { from: 'wrapped', wrap: -5 }],
  [-25, { from: 'agreed', derivation: 'HKDF-SHA-256' }],
  [-26, { from: 'agreed', derivation: 'HKDF-SHA-512' }],
  [-27, { from: 'agreed', derivation: 'HKDF-SHA-256' }],
  [-28, { from: 'agreed', derivation: 'HKDF-SHA-512' }],
  [-29, { from: 'agreed', derivation: 'HKDF-SHA-256', wrap: -3 }],
  [-30, { from: 'agreed', derivation: 'HKDF-SHA-256', wrap: -4 }],
  [-31, { from: 'agreed', derivation: 'HKDF-SHA-256', wrap: -5 }],
  [-32, { from: 'agreed', derivation: 'HKDF-SHA-256', wrap: -3 }],
  [-33, { from: 'agreed', derivation: 'HKDF-SHA-256', wrap: -4 }],
  [-34, { from: 'agreed', derivation: 'HKDF-SHA-256', wrap: -5 }],
])

/** AES-MAC derivation is keyed like AES itself. */
const SHARED_KEY_BYTES = new Map([
  [-12, 16],
  [-13, 32],
])

export function readRecipients(
  value: CborValue | undefined,
  reading: CoseReading,
  depth = 1,
): Result<CoseRecipient[]> {
  if (!Array.isArray(value) || value.length === 0)
    return refuse('SHAPE', 'recipients are an array of at least one')
  if (value.length > COSE_LIMITS.recipients)
    return refuse('LIMIT', `there are at most ${COSE_LIMITS.recipients} recipients`)
  if (depth > COSE_LIMITS.recipientDepth)
    return refuse('LIMIT', `recipients of recipients go ${COSE_LIMITS.recipientDepth} deep at most`)
  const recipients: CoseRecipient[] = []
  for (const each of value) {
    const recipient = readRecipient(each, reading, depth)
    if (recipient.refused !== undefined) return recipient
    recipients.push(recipient.ok)
  }
  return standsAlone(recipients)
    ? { ok: recipients }
    : refuse('SHAPE', 'a recipient whose key is shared or derived directly is the only one')
}

function readRecipient(value: CborValue, reading: CoseReading, depth: number): Result<CoseRecipient> {
  const hasOwn = Array.isArray(value) && value.length === 4
  const parts = splitParts('COSE_recipient', value, hasOwn ? 2 : 1, reading)
  if (parts.refused !== undefined) return parts
  const { headers, rest } = parts.ok
  if (headers.algorithm === undefined) return refuse('ALG', 'a recipient names no algorithm')
  const wrapped = readDetachable(rest[0], 'wrapped key')
  if (wrapped.refused !== undefined) return wrapped
  const recipients = hasOwn ? readRecipients(rest[1], reading, depth + 1) : { ok: [] }
  if (recipients.refused !== undefined) return recipients
  return {
    ok: {
      headers,
      algorithm: headers.algorithm,
      wrapped: wrapped.ok ?? NOTHING,
      recipients: recipients.ok,
    },
  }
}

/** RFC 9053 sections 6.1 and 6.3.1: two direct keys cannot both be the key of one content. */
function standsAlone(recipients: readonly CoseRecipient[]): boolean {
  const isDirect = ({ algorithm }: CoseRecipient): boolean => {
    const known = ALGORITHMS.get(algorithm)
    return known !== undefined && known.wrap === undefined
  }
  return recipients.length === 1 || !recipients.some(isDirect)
}

/**
 * The key of the content for its `algorithm`, by the first recipient that this key opens. The refusal is that
 * of the last recipient which could have been it.
 */
export function contentKey(
  recipients: readonly CoseRecipient[],
  own: RecipientKey,
  algorithm: number,
): Result<Uint8Array> {
  let last: Result<Uint8Array> = refuse('KEY', 'no recipient names this key')
  for (const recipient of recipients) {
    if (recipient.recipients.length === 0 && !isKid(recipient.headers, own.key)) continue
    const key = keyOf(recipient, own, algorithm)
    if (key.refused === undefined) return key
    last = key
  }
  return last
}

function keyOf(recipient: CoseRecipient, own: RecipientKey, algorithm: number): Result<Uint8Array> {
  const how = ALGORITHMS.get(recipient.algorithm)
  if (how === undefined)
    return refuse('ALG', `${recipient.algorithm} is no way known here to send a key to a recipient`)
  const problem = formProblem(recipient, how)
  if (problem !== undefined) return problem
  const keyBytes = keyBytesOf(how.wrap ?? algorithm)
  if (keyBytes === undefined) return refuse('ALG', `algorithm ${algorithm} takes no key that is known here`)
  if (how.from === 'wrapped') return unwrapWith(recipient, own, how.wrap ?? algorithm)
  const secret = secretOf(recipient, own, how)
  if (secret.refused !== undefined || how.derivation === undefined) return secret
  const salt = parameter(recipient.headers, RECIPIENT_HEADER.salt)
  if (salt !== undefined && !(salt instanceof Uint8Array)) return refuse('SHAPE', 'salt is a byte string')
  const context = kdfContext(how.wrap ?? algorithm, keyBytes, recipient.headers, own.context)
  const derived = deriveKey(how.derivation, secret.ok, salt, context, keyBytes)
  return how.wrap === undefined ? { ok: derived } : unwrap(derived, recipient.wrapped)
}

/** What RFC 9053 demands of each form: nothing protected where nothing protects it, nothing sent that is not needed. */
function formProblem(
  { headers, wrapped, recipients }: CoseRecipient,
  { from, wrap }: RecipientAlgorithm,
): ReturnType<typeof refuse> | undefined {
  const protectsNothing = from === 'direct' || from === 'wrapped'
  if (protectsNothing && headers.protected.size > 0)
    return refuse('SHAPE', 'a recipient of this algorithm has nothing protected')
  if (wrap === undefined && wrapped.length > 0)
    return refuse('SHAPE', 'a recipient of this algorithm is sent no key')
  if (from !== 'wrapped' && recipients.length > 0)
    return refuse('SHAPE', 'a recipient of this algorithm has no recipients of its own')
  return undefined
}

function secretOf(
  recipient: CoseRecipient,
  own: RecipientKey,
  { from }: RecipientAlgorithm,
): Result<Uint8Array> {
  if (from === 'agreed') return agreedSecret(recipient, own)
  const { material } = own.key
  if (material.type !== 'Symmetric') return refuse('KEY', 'this recipient has a symmetric key')
  const length = SHARED_KEY_BYTES.get(recipient.algorithm)
  if (length !== undefined && material.k.length !== length)
    return refuse('KEY', `algorithm ${recipient.algorithm} takes a key of ${length} bytes`)
  if (from === 'direct') return { ok: material.k }
  const { deriveKey: deriving, deriveBits } = KEY_OPERATION
  const allowed = checkKeyUse(own.key, recipient.algorithm, [deriving, deriveBits])
  return allowed.refused === undefined ? { ok: material.k } : allowed
}

function agreedSecret({ headers, algorithm }: CoseRecipient, own: RecipientKey): Result<Uint8Array> {
  const { deriveKey: deriving, deriveBits } = KEY_OPERATION
  const allowed = checkKeyUse(own.key, algorithm, [deriving, deriveBits])
  if (allowed.refused !== undefined) return allowed
  const sender = senderKey(headers, own)
  return sender.refused === undefined ? agree(own.key, sender.ok) : sender
}

/** The one-time key of the message, the static key in it, or the static key it names. */
function senderKey(headers: CoseHeaders, own: RecipientKey): Result<CoseKey> {
  const { ephemeralKey, staticKey, staticKeyId } = RECIPIENT_HEADER
  const sent = [ephemeralKey, staticKey].flatMap((label) => parameter(headers, label) ?? [])
  const [key, ...others] = sent
  if (others.length > 0) return refuse('SHAPE', 'a recipient names one key of the sender')
  if (key !== undefined) return coseKeyFrom(key)
  const id = parameter(headers, staticKeyId)
  if (own.sender === undefined || id === undefined)
    return refuse('KEY', 'the key of the sender is neither in the message nor at hand')
  const isNamed = id instanceof Uint8Array && isKid({ ...headers, kid: id }, own.sender)
  return isNamed ? { ok: own.sender } : refuse('KEY', 'the message names another key of the sender')
}

/** The wrapping key is the recipient's own, or comes to it from a recipient of this recipient. */
function unwrapWith(recipient: CoseRecipient, own: RecipientKey, algorithm: number): Result<Uint8Array> {
  if (recipient.recipients.length > 0) {
    const key = contentKey(recipient.recipients, own, algorithm)
    return key.refused === undefined ? unwrap(key.ok, recipient.wrapped) : key
  }
  const { material } = own.key
  if (material.type !== 'Symmetric' || material.k.length !== WRAP_KEY_BYTES.get(algorithm))
    return refuse('KEY', `algorithm ${algorithm} takes a symmetric key of another kind`)
  const allowed = checkKeyUse(own.key, algorithm, [KEY_OPERATION.unwrap])
  return allowed.refused === undefined ? unwrap(material.k, recipient.wrapped) : allowed
}

/** AES key wrap (RFC 3394). */
export function unwrap(wrappingKey: Uint8Array, wrapped: Uint8Array): Result<Uint8Array> {
  try {
    return { ok: aeskw(wrappingKey).decrypt(wrapped) }
  } catch {
    return refuse('SIG', 'the wrapped key does not open')
  }
}

function keyBytesOf(algorithm: number): number | undefined {
  return WRAP_KEY_BYTES.get(algorithm) ?? contentKeyBytes(algorithm) ?? macKeyBytes(algorithm)
}
