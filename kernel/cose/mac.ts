/** COSE_Mac0 and COSE_Mac (RFC 9052 section 6): a tag that whoever holds the key can check, and can make. */
import { CborTagged, encodeCbor } from '../../promisebase/index.ts'
import { refuse } from '../errors.ts'
import { contentKey } from './content-key.ts'
import { checkKid, requireAlgorithm } from './header.ts'
import { checkKeyUse, KEY_OPERATION } from './key.ts'
import { COSE_TAG } from './labels.ts'
import { macTag } from './mac-algorithms.ts'
import { joinDetached, readDetachable, readParts } from './read.ts'
import { readRecipients } from './recipient.ts'
import { signerHeaders } from './signer.ts'
import { macStructure } from './structures.ts'
import type { Result } from '../errors.ts'
import type { RecipientKey } from './content-key.ts'
import type { CoseHeaders } from './header.ts'
import type { CoseReading } from './item.ts'
import type { CoseKey } from './key.ts'
import type { CoseRecipient } from './recipient.ts'
import type { CoseBinding, SigningOptions } from './sign1.ts'

/** A COSE_Mac0 whose form was checked and whose tag was not. */
export interface CoseMac0 {
  readonly headers: CoseHeaders
  readonly algorithm: number
  readonly payload?: Uint8Array
  readonly tag: Uint8Array
}

/** A COSE_Mac: the same with recipients that the key is sent to. */
export interface CoseMac extends CoseMac0 {
  readonly recipients: readonly CoseRecipient[]
}

const NOTHING = new Uint8Array(0)

export function readCoseMac0(bytes: Uint8Array, reading: CoseReading = {}): Result<CoseMac0> {
  const parts = readParts('Mac0', bytes, reading)
  return parts.refused === undefined ? readMac(parts.ok, reading) : parts
}

export function readCoseMac(bytes: Uint8Array, reading: CoseReading = {}): Result<CoseMac> {
  const parts = readParts('Mac', bytes, reading)
  if (parts.refused !== undefined) return parts
  const mac = readMac(parts.ok, reading)
  if (mac.refused !== undefined) return mac
  const recipients = readRecipients(parts.ok.rest[2], reading)
  return recipients.refused === undefined ? { ok: { ...mac.ok, recipients: recipients.ok } } : recipients
}

type Parts = ReturnType<typeof readParts>['ok'] & object

function readMac({ headers, rest }: Parts, reading: CoseReading): Result<CoseMac0> {
  const algorithm = requireAlgorithm(headers, reading)
  if (algorithm.refused !== undefined) return algorithm
  const payload = readDetachable(rest[0], 'payload')
  if (payload.refused !== undefined) return payload
  const tag = rest[1]
  if (!(tag instanceof Uint8Array)) return refuse('SHAPE', 'a tag is a byte string')
  return { ok: { headers, algorithm: algorithm.ok, tag, ...(payload.ok && { payload: payload.ok }) } }
}

/** The payload, once its tag has been found to be right. */
export function verifyCoseMac0(mac: CoseMac0, key: CoseKey, binding: CoseBinding = {}): Result<Uint8Array> {
  const kid = checkKid(mac.headers, key)
  if (kid.refused !== undefined) return kid
  const allowed = checkKeyUse(key, mac.algorithm, [KEY_OPERATION.verifyMac])
  if (allowed.refused !== undefined) return allowed
  return key.material.type === 'Symmetric'
    ? verifyTag('MAC0', mac, key.material.k, binding)
    : refuse('KEY', 'a tag is made with a symmetric key')
}

/** The payload, once its tag has been found to be right with the key sent to this recipient. */
export function verifyCoseMac(
  mac: CoseMac,
  own: RecipientKey,
  binding: CoseBinding = {},
): Result<Uint8Array> {
  const key = contentKey(mac.recipients, own, mac.algorithm)
  return key.refused === undefined ? verifyTag('MAC', mac, key.ok, binding) : key
}

function verifyTag(
  context: 'MAC' | 'MAC0',
  { headers, algorithm, payload: embedded, tag }: CoseMac0,
  key: Uint8Array,
  { detached, externalAad }: CoseBinding,
): Result<Uint8Array> {
  const payload = joinDetached(embedded, detached, 'payload')
  if (payload.refused !== undefined) return payload
  const right = macTag(algorithm, key, macStructure(context, headers.protectedBytes, externalAad, payload.ok))
  if (right.refused !== undefined) return right
  return isSameTag(right.ok, tag) ? payload : refuse('SIG', 'the tag is not that of the received bytes')
}

/** Looks at every byte, whatever the first ones are. */
function isSameTag(right: Uint8Array, given: Uint8Array): boolean {
  if (right.length !== given.length) return false
  return right.reduce((difference, byte, index) => difference | (byte ^ (given[index] as number)), 0) === 0
}

/** A tagged, deterministic COSE_Mac0. */
export function createCoseMac0(
  key: CoseKey,
  algorithm: number,
  payload: Uint8Array,
  { externalAad = NOTHING, detached = false, ...further }: SigningOptions = {},
): Result<Uint8Array> {
  const allowed = checkKeyUse(key, algorithm, [KEY_OPERATION.mac])
  if (allowed.refused !== undefined) return allowed
  if (key.material.type !== 'Symmetric') return refuse('KEY', 'a tag is made with a symmetric key')
  const headers = signerHeaders({ algorithm, ...(key.kid && { kid: key.kid }) }, further)
  const protectedBytes = encodeCbor(headers.protected)
  const tag = macTag(algorithm, key.material.k, macStructure('MAC0', protectedBytes, externalAad, payload))
  if (tag.refused !== undefined) return tag
  const parts = [protectedBytes, headers.unprotected, detached ? null : payload, tag.ok]
  return { ok: encodeCbor(new CborTagged(COSE_TAG.Mac0, parts)) }
}
