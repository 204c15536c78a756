/** How one recipient comes to the key of the content: shared, agreed on, derived, unwrapped, or several of these. */
import { refuse } from '../errors.ts'
import { equalBytes } from '../message/equal-bytes.ts'
import { agree } from './agreement.ts'
import { contentKeyBytes } from './content-cipher.ts'
import { isKid, parameter } from './header.ts'
import { checkKeyUse, coseKeyFrom, KEY_OPERATION } from './key.ts'
import { deriveKey, kdfContext } from './key-derivation.ts'
import { unwrap, WRAP_KEY_BYTES } from './key-wrap.ts'
import { RECIPIENT_HEADER } from './labels.ts'
import { macKeyBytes } from './mac-algorithms.ts'
import { RECIPIENT_ALGORITHMS } from './recipient-algorithms.ts'
import type { Result } from '../errors.ts'
import type { CoseHeaders } from './header.ts'
import type { CoseKey } from './key.ts'
import type { UnsentContext } from './key-derivation.ts'
import type { CoseRecipient } from './recipient.ts'
import type { RecipientAlgorithm } from './recipient-algorithms.ts'

/** What a recipient has. */
export interface RecipientKey {
  readonly key: CoseKey
  /** The sender's static key. With it no other one is taken; a one-time key (ECDH-ES) still says nothing of a sender. */
  readonly sender?: CoseKey
  readonly context?: UnsentContext
}

/** AES-MAC derivation is keyed like AES itself. */
const SHARED_KEY_BYTES = new Map([
  [-12, 16],
  [-13, 32],
])

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
  const how = RECIPIENT_ALGORITHMS.get(recipient.algorithm)
  if (how === undefined)
    return refuse('ALG', `${recipient.algorithm} is no way known here to send a key to a recipient`)
  const problem = formProblem(recipient, how)
  if (problem !== undefined) return problem
  const keyBytes = keyBytesOf(how.wrap ?? algorithm)
  if (keyBytes === undefined) return refuse('ALG', `algorithm ${algorithm} takes no key that is known here`)
  if (how.from === 'wrapped') return unwrapWith(recipient, own, how.wrap ?? algorithm)
  const secret = secretOf(recipient, own, how, algorithm)
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
  { from, isStatic }: RecipientAlgorithm,
  algorithm: number,
): Result<Uint8Array> {
  if (from === 'agreed') return agreedSecret(recipient, own, isStatic)
  const { material } = own.key
  if (material.type !== 'Symmetric') return refuse('KEY', 'this recipient has a symmetric key')
  const length = SHARED_KEY_BYTES.get(recipient.algorithm)
  if (length !== undefined && material.k.length !== length)
    return refuse('KEY', `algorithm ${recipient.algorithm} takes a key of ${length} bytes`)
  const { decrypt, verifyMac, deriveKey: deriving, deriveBits } = KEY_OPERATION
  // The key is that of the content itself: whoever may check tags with it need not be one who may read.
  const allowed =
    from === 'direct'
      ? checkKeyUse(own.key, algorithm, [macKeyBytes(algorithm) === undefined ? decrypt : verifyMac])
      : checkKeyUse(own.key, recipient.algorithm, [deriving, deriveBits])
  return allowed.refused === undefined ? { ok: material.k } : allowed
}

function agreedSecret(
  { headers, algorithm }: CoseRecipient,
  own: RecipientKey,
  isStatic = false,
): Result<Uint8Array> {
  const { deriveKey: deriving, deriveBits } = KEY_OPERATION
  const allowed = checkKeyUse(own.key, algorithm, [deriving, deriveBits])
  if (allowed.refused !== undefined) return allowed
  const sender = isStatic ? staticKeyOf(headers, own) : oneTimeKey(headers)
  return sender.refused === undefined ? agree(own.key, sender.ok) : sender
}

/** Made for this message: it says nothing about who has sent it. */
function oneTimeKey(headers: CoseHeaders): Result<CoseKey> {
  const key = parameter(headers, RECIPIENT_HEADER.ephemeralKey)
  return key === undefined
    ? refuse('KEY', 'the one-time key of the sender is not in the message')
    : coseKeyFrom(key)
}

/** In the message, or named by it. A sender whom the caller expects is the one whose key it must be either way. */
function staticKeyOf(headers: CoseHeaders, { sender }: RecipientKey): Result<CoseKey> {
  const [held, id] = [RECIPIENT_HEADER.staticKey, RECIPIENT_HEADER.staticKeyId].map((label) =>
    parameter(headers, label),
  )
  if (held !== undefined && id !== undefined)
    return refuse('SHAPE', 'a recipient names one key of the sender')
  if (held !== undefined) {
    const key = coseKeyFrom(held)
    const isOther = key.ok !== undefined && sender !== undefined && !isSamePublicKey(key.ok, sender)
    return isOther ? refuse('KEY', 'the message holds another key of the sender') : key
  }
  if (sender === undefined || id === undefined)
    return refuse('KEY', 'the key of the sender is neither in the message nor at hand')
  const isNamed = id instanceof Uint8Array && isKid({ ...headers, kid: id }, sender)
  return isNamed ? { ok: sender } : refuse('KEY', 'the message names another key of the sender')
}

function isSamePublicKey({ material: one }: CoseKey, { material: other }: CoseKey): boolean {
  if (one.type === 'EC2' && other.type === 'EC2')
    return one.curve === other.curve && equalBytes(one.point, other.point)
  if (one.type === 'OKP' && other.type === 'OKP')
    return one.curve === other.curve && equalBytes(one.x, other.x)
  return false
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

function keyBytesOf(algorithm: number): number | undefined {
  return WRAP_KEY_BYTES.get(algorithm) ?? contentKeyBytes(algorithm) ?? macKeyBytes(algorithm)
}
