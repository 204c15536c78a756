/**
 * The five positions ↔ named fields, in both forms; the only file that knows positions (spec/message.md,
 * "Envelope" and "Tagged form"). The first byte tells the forms apart.
 *
 *   message = ["grid", protocol_cid, grid_cid, claims: bstr .cbor map, signature: bstr .cbor (COSE_Sign1 / COSE_Sign)]
 *   signed  = 0x84 ‖ the received bytes of elements 1 to 4
 *
 *   tagged  = 1735551332([42(pCID), protocol_cid, grid_cid, claims, signature])
 *   signed  = 0xda67726964 84 ‖ the received bytes of slots 1 to 4
 */
import {
  CborTagged,
  checkCid,
  CODEC,
  decodeCbor,
  encodeCbor,
  ENVELOPE_PROFILE,
  FOREIGN_PROFILE,
  GRID_TAG,
  GRID_TAG_BYTES,
  isCid,
  ownBytes,
  parseCid,
  scanGridEnvelope,
  withCbor,
} from '../../promisebase/index.ts'
import { refuse } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import { startsWith } from './equal-bytes.ts'
import { GRID_MESSAGE } from './grid-message.ts'
import type { CID } from 'multiformats/cid'
import type { CborValue, CidRule } from '../../promisebase/index.ts'
import type { Result } from '../errors.ts'
import type { MessageForm } from '../interface.ts'

const MARKER = 'grid'
const ARRAY_OF_FOUR = 0x84
const ARRAY_OF_FIVE = 0x85
const TAGGED = 0xda
const ARRAY_HEAD = Uint8Array.of(ARRAY_OF_FIVE, ...encodeCbor(MARKER))
/** How every tagged message of ours begins, apart from the byte of the array: the tag, and the link of pCID. */
const TAG = encodeCbor(new CborTagged(GRID_TAG, [])).subarray(0, GRID_TAG_BYTES)
const LINK = encodeCbor(GRID_MESSAGE)
const PROTOCOL_RULE = { codecs: [CODEC.raw, CODEC.dagCbor] }
const GRID_RULE = { codecs: [CODEC.dagCbor] }

export interface Envelope {
  readonly form: MessageForm
  readonly protocol: CID
  readonly grid: CID
  /** The claims map, still encoded. */
  readonly claims: Uint8Array
  /** The tagged COSE_Sign1 or COSE_Sign, still encoded. */
  readonly signature: Uint8Array
  /** What the signature is over. */
  readonly signedPayload: Uint8Array
}

/** Reads the five positions of either form; checks form and CIDs, not the claims, not the signature. */
export function readEnvelope(bytes: Uint8Array): Result<Envelope> {
  if (bytes.length > LIMITS.messageBytes)
    return refuse('LIMIT', `a message has at most ${LIMITS.messageBytes} bytes, this one ${bytes.length}`)
  return bytes[0] === TAGGED ? readTagged(bytes) : readArray(bytes)
}

/** Whether the first bytes are those of a message in one of its two forms. */
export function looksLikeMessage(bytes: Uint8Array): boolean {
  return startsWith(bytes, ARRAY_HEAD) || isGridMessage(bytes)
}

function readArray(bytes: Uint8Array): Result<Envelope> {
  const decoded = decodeCbor(bytes, ENVELOPE_PROFILE)
  if (decoded.refused !== undefined) return decoded
  if (!Array.isArray(decoded.ok) || decoded.ok.length !== 5)
    return refuse('SHAPE', 'a message is an array of five elements')
  if (decoded.ok[0] !== MARKER) return refuse('SHAPE', 'the first element is the text "grid"')
  return readElements('array', bytes, decoded.ok)
}

/** Another protocol is told by its name before its slots are held against our profile: they need not fit it. */
function readTagged(bytes: Uint8Array): Result<Envelope> {
  if (!isGridMessage(bytes)) return refuseForeign(bytes)
  const decoded = decodeCbor(bytes.subarray(GRID_TAG_BYTES), ENVELOPE_PROFILE)
  if (decoded.refused !== undefined) return decoded
  if (!Array.isArray(decoded.ok) || decoded.ok.length !== 5)
    return refuse('SHAPE', 'a tagged message has five slots')
  return readElements('tagged', bytes, decoded.ok)
}

function refuseForeign(bytes: Uint8Array): Result<never> {
  const scanned = scanGridEnvelope(bytes, FOREIGN_PROFILE)
  if (scanned.refused !== undefined) return scanned
  return refuse('FOREIGN', `a message of protocol ${scanned.ok.protocol.toString()}`)
}

/** Both forms have the same elements in the places two to five. */
function readElements(
  form: MessageForm,
  bytes: Uint8Array,
  [, protocolElement = null, gridElement = null, claims, signature]: readonly CborValue[],
): Result<Envelope> {
  if (!(claims instanceof Uint8Array))
    return refuse('SHAPE', 'the fourth element is a byte string holding the claims')
  if (!(signature instanceof Uint8Array))
    return refuse('SHAPE', 'the fifth element is a byte string holding a signature')
  const protocol = readCidElement(protocolElement, PROTOCOL_RULE)
  if (protocol.refused !== undefined) return protocol
  const grid = readCidElement(gridElement, GRID_RULE)
  if (grid.refused !== undefined) return grid
  const signedPayload = signedPart(bytes, claims, form)
  return { ok: { form, protocol: protocol.ok, grid: grid.ok, claims, signature, signedPayload } }
}

/** A new message: what it says and what becomes of it, still to be signed. */
export interface NewEnvelope {
  readonly protocol: CID
  readonly grid: CID
  /** The claims map, encoded. */
  readonly claims: Uint8Array
  readonly form: MessageForm
}

/** Lends the bytes to be signed to `use`. */
export function withSignedPayload<T>(
  { form, protocol, grid, claims }: NewEnvelope,
  use: (signedPayload: Uint8Array) => T,
): T {
  return form === 'array'
    ? withCbor([MARKER, protocol, grid, claims], use)
    : withCbor(new CborTagged(GRID_TAG, [GRID_MESSAGE, protocol, grid, claims]), use)
}

/** The complete message. */
export function closeEnvelope(
  { form, protocol, grid, claims }: NewEnvelope,
  signature: Uint8Array,
): Uint8Array {
  return form === 'array'
    ? encodeCbor([MARKER, protocol, grid, claims, signature])
    : encodeCbor(new CborTagged(GRID_TAG, [GRID_MESSAGE, protocol, grid, claims, signature]))
}

/** Written as tag 42; a bare byte string with the binary CID is read too (the source text shows it). */
function readCidElement(element: CborValue, rule: CidRule): Result<CID> {
  if (isCid(element)) return checkCid(element, rule)
  return element instanceof Uint8Array
    ? parseCid(element, rule)
    : refuse('SHAPE', 'elements two and three are CIDs')
}

/** The received bytes up to where the claims end, which are a view of them, as an array of four. */
function signedPart(bytes: Uint8Array, claims: Uint8Array, form: MessageForm): Uint8Array {
  const end = claims.byteOffset - bytes.byteOffset + claims.length
  const part = ownBytes(bytes, end)
  part[arrayAt(form)] = ARRAY_OF_FOUR
  return part
}

/** Where the byte of the array stands. */
function arrayAt(form: MessageForm): number {
  return form === 'array' ? 0 : GRID_TAG_BYTES
}

/** The tag over an array whose first slot links our protocol; how many slots there are is looked at later. */
function isGridMessage(bytes: Uint8Array): boolean {
  const array = bytes[GRID_TAG_BYTES] ?? 0
  const isShort = array > 0x80 && array <= 0x97
  return isShort && startsWith(bytes, TAG) && startsWith(bytes, LINK, GRID_TAG_BYTES + 1)
}
