/** COSE_Encrypt0 and COSE_Encrypt (RFC 9052 section 5): content sealed under a key both know, or one that is sent. */
import { CborTagged, encodeCbor } from '../../promisebase/index.ts'
import { refuse } from '../errors.ts'
import { nonceBytes, openContent, sealContent } from './content-cipher.ts'
import { contentKey } from './content-key.ts'
import { checkKid, parameter, requireAlgorithm } from './header.ts'
import { checkKeyUse, KEY_OPERATION } from './key.ts'
import { COSE_TAG, HEADER } from './labels.ts'
import { joinDetached, readDetachable, readParts } from './read.ts'
import { readRecipients } from './recipient.ts'
import { signerHeaders } from './signer.ts'
import { encStructure } from './structures.ts'
import type { Result } from '../errors.ts'
import type { CcmEngine } from './content-cipher.ts'
import type { RecipientKey } from './content-key.ts'
import type { CoseHeaders } from './header.ts'
import type { CoseReading } from './item.ts'
import type { CoseKey } from './key.ts'
import type { CoseRecipient } from './recipient.ts'
import type { CoseBinding, SigningOptions } from './sign1.ts'

/** A COSE_Encrypt0 whose form was checked and which was not opened. */
export interface CoseEncrypt0 {
  readonly headers: CoseHeaders
  readonly algorithm: number
  /** Absent when detached. */
  readonly ciphertext?: Uint8Array
}

/** A COSE_Encrypt: the same with recipients that the key is sent to. */
export interface CoseEncrypt extends CoseEncrypt0 {
  readonly recipients: readonly CoseRecipient[]
}

export interface OpeningOptions extends CoseBinding {
  /** AES-CCM, where the platform has it. */
  readonly ccm?: CcmEngine
}

const NOTHING = new Uint8Array(0)

export function readCoseEncrypt0(bytes: Uint8Array, reading: CoseReading = {}): Result<CoseEncrypt0> {
  const parts = readParts('Encrypt0', bytes, reading)
  return parts.refused === undefined ? readSealed(parts.ok, reading) : parts
}

export function readCoseEncrypt(bytes: Uint8Array, reading: CoseReading = {}): Result<CoseEncrypt> {
  const parts = readParts('Encrypt', bytes, reading)
  if (parts.refused !== undefined) return parts
  const sealed = readSealed(parts.ok, reading)
  if (sealed.refused !== undefined) return sealed
  const recipients = readRecipients(parts.ok.rest[1], reading)
  return recipients.refused === undefined ? { ok: { ...sealed.ok, recipients: recipients.ok } } : recipients
}

type Parts = ReturnType<typeof readParts>['ok'] & object

function readSealed({ headers, rest }: Parts, reading: CoseReading): Result<CoseEncrypt0> {
  const algorithm = requireAlgorithm(headers, reading)
  if (algorithm.refused !== undefined) return algorithm
  const ciphertext = readDetachable(rest[0], 'ciphertext')
  if (ciphertext.refused !== undefined) return ciphertext
  return { ok: { headers, algorithm: algorithm.ok, ...(ciphertext.ok && { ciphertext: ciphertext.ok }) } }
}

/** The content of a COSE_Encrypt0 under a symmetric key. */
export function openCoseEncrypt0(
  sealed: CoseEncrypt0,
  key: CoseKey,
  options: OpeningOptions = {},
): Result<Uint8Array> {
  const kid = checkKid(sealed.headers, key)
  if (kid.refused !== undefined) return kid
  const allowed = checkKeyUse(key, sealed.algorithm, [KEY_OPERATION.decrypt])
  if (allowed.refused !== undefined) return allowed
  return key.material.type === 'Symmetric'
    ? open('Encrypt0', sealed, key.material.k, key.baseIv, options)
    : refuse('KEY', 'this content is sealed under a symmetric key')
}

/** The content of a COSE_Encrypt for one of its recipients. */
export function openCoseEncrypt(
  sealed: CoseEncrypt,
  own: RecipientKey,
  options: OpeningOptions = {},
): Result<Uint8Array> {
  const key = contentKey(sealed.recipients, own, sealed.algorithm)
  return key.refused === undefined ? open('Encrypt', sealed, key.ok, own.key.baseIv, options) : key
}

function open(
  context: 'Encrypt' | 'Encrypt0',
  { headers, algorithm, ciphertext: embedded }: CoseEncrypt0,
  key: Uint8Array,
  baseIv: Uint8Array | undefined,
  { detached, externalAad, ccm }: OpeningOptions,
): Result<Uint8Array> {
  const ciphertext = joinDetached(embedded, detached, 'ciphertext')
  if (ciphertext.refused !== undefined) return ciphertext
  const nonce = nonceOf(headers, algorithm, baseIv)
  if (nonce.refused !== undefined) return nonce
  const additional = encStructure(context, headers.protectedBytes, externalAad)
  return openContent({ algorithm, key, nonce: nonce.ok, additional, ccm }, ciphertext.ok)
}

/** The IV, or the Base IV of the key completed by the Partial IV (RFC 9052 section 3.1). */
function nonceOf(
  headers: CoseHeaders,
  algorithm: number,
  baseIv: Uint8Array | undefined,
): Result<Uint8Array> {
  const [iv, partial] = [parameter(headers, HEADER.iv), parameter(headers, HEADER.partialIv)]
  if (iv instanceof Uint8Array) return { ok: iv }
  if (!(partial instanceof Uint8Array)) return refuse('SHAPE', 'there is neither an IV nor a Partial IV')
  if (baseIv === undefined) return refuse('KEY', 'a Partial IV needs the Base IV of the key')
  const length = nonceBytes(algorithm) ?? 0
  if (partial.length > length || baseIv.length > length)
    return refuse('SHAPE', `algorithm ${algorithm} takes an IV of ${length} bytes`)
  const nonce = new Uint8Array(length)
  nonce.set(baseIv)
  partial.forEach((byte, index) => {
    const at = length - partial.length + index
    nonce[at] = (nonce[at] as number) ^ byte
  })
  return { ok: nonce }
}

export interface SealingOptions extends SigningOptions {
  readonly ccm?: CcmEngine
}

/** A tagged, deterministic COSE_Encrypt0. One nonce serves one content of a key. */
export function sealCoseEncrypt0(
  key: CoseKey,
  algorithm: number,
  nonce: Uint8Array,
  plaintext: Uint8Array,
  { externalAad = NOTHING, detached = false, ccm, ...further }: SealingOptions = {},
): Result<{ readonly bytes: Uint8Array; readonly ciphertext: Uint8Array }> {
  const allowed = checkKeyUse(key, algorithm, [KEY_OPERATION.encrypt])
  if (allowed.refused !== undefined) return allowed
  if (key.material.type !== 'Symmetric') return refuse('KEY', 'content is sealed under a symmetric key')
  const headers = signerHeaders({ algorithm, ...(key.kid && { kid: key.kid }) }, further)
  headers.unprotected.set(HEADER.iv, nonce)
  const protectedBytes = encodeCbor(headers.protected)
  const additional = encStructure('Encrypt0', protectedBytes, externalAad)
  const sealed = sealContent({ algorithm, key: key.material.k, nonce, additional, ccm }, plaintext)
  if (sealed.refused !== undefined) return sealed
  const parts = [protectedBytes, headers.unprotected, detached ? null : sealed.ok]
  return { ok: { bytes: encodeCbor(new CborTagged(COSE_TAG.Encrypt0, parts)), ciphertext: sealed.ok } }
}
