/**
 * The five positions ↔ named fields; the only file that knows positions (spec/message.md, "Envelope").
 *
 *   message = ["grid", protocol_cid, grid_cid, claims: bstr .cbor map, signature: bstr .cbor (COSE_Sign1 / COSE_Sign)]
 *   signed  = 0x84 ‖ the received bytes of elements 1 to 4
 */
import {
  CODEC,
  decodeCbor,
  elementOffsets,
  encodeCbor,
  ENVELOPE_PROFILE,
  isCid,
  parseCid,
} from '../../promisebase/index.ts'
import { refuse } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import type { CID } from 'multiformats/cid'
import type { CborValue } from '../../promisebase/index.ts'
import type { Result } from '../errors.ts'

const MARKER = 'grid'
const ARRAY_OF_FOUR = 0x84
const ARRAY_OF_FIVE = 0x85

export interface Envelope {
  readonly protocol: CID
  readonly grid: CID
  /** The claims map, still encoded. */
  readonly claims: Uint8Array
  /** The tagged COSE_Sign1 or COSE_Sign, still encoded. */
  readonly signature: Uint8Array
  /** What the signature is over. */
  readonly signedPayload: Uint8Array
}

/** Reads the five positions; checks form and CIDs, not the claims, not the signature. */
export function readEnvelope(bytes: Uint8Array): Result<Envelope> {
  if (bytes.length > LIMITS.messageBytes)
    return refuse('LIMIT', `a message has at most ${LIMITS.messageBytes} bytes, this one ${bytes.length}`)
  const decoded = decodeCbor(bytes, ENVELOPE_PROFILE)
  if (decoded.refused !== undefined) return decoded
  if (!Array.isArray(decoded.ok) || decoded.ok.length !== 5)
    return refuse('SHAPE', 'a message is an array of five elements')
  const [marker, protocolElement = null, gridElement = null, claims, signature] = decoded.ok
  if (marker !== MARKER) return refuse('SHAPE', 'the first element is the text "grid"')
  if (!(claims instanceof Uint8Array))
    return refuse('SHAPE', 'the fourth element is a byte string holding the claims')
  if (!(signature instanceof Uint8Array))
    return refuse('SHAPE', 'the fifth element is a byte string holding a signature')
  const protocol = readCidElement(protocolElement, [CODEC.raw, CODEC.dagCbor])
  if (protocol.refused !== undefined) return protocol
  const grid = readCidElement(gridElement, [CODEC.dagCbor])
  if (grid.refused !== undefined) return grid
  return { ok: { protocol: protocol.ok, grid: grid.ok, claims, signature, signedPayload: signedPart(bytes) } }
}

/** The bytes to sign for a new message, and how to close it with a signature. */
export function writeEnvelope(
  protocol: CID,
  grid: CID,
  claims: Uint8Array,
): { readonly signedPayload: Uint8Array; readonly close: (signature: Uint8Array) => Uint8Array } {
  const signedPayload = encodeCbor([MARKER, protocol, grid, claims])
  const close = (signature: Uint8Array): Uint8Array => {
    const fifth = encodeCbor(signature)
    const message = new Uint8Array(signedPayload.length + fifth.length)
    message.set(signedPayload)
    message.set(fifth, signedPayload.length)
    message[0] = ARRAY_OF_FIVE
    return message
  }
  return { signedPayload, close }
}

/** Written as tag 42; a bare byte string with the binary CID is read too (the source text shows it). */
function readCidElement(element: CborValue, codecs: readonly number[]): Result<CID> {
  const bytes = isCid(element) ? element.bytes : element
  if (!(bytes instanceof Uint8Array)) return refuse('SHAPE', 'elements two and three are CIDs')
  return parseCid(bytes, { codecs })
}

function signedPart(bytes: Uint8Array): Uint8Array {
  const end = elementOffsets(bytes)[4] ?? bytes.length
  const part = bytes.slice(0, end)
  part[0] = ARRAY_OF_FOUR
  return part
}
