/** Messages of other protocols as tests write them: one per view, signed by whoever wants to. */
import { CborTagged, CODEC, encodeCbor, GRID_TAG, hashBlock } from '../../../promisebase/index.ts'
import { taggedSlots, untaggedSlots } from '../../index.ts'
import { people } from '../fixture.ts'
import { nodeCrypto } from '../../../runtimes/host/index.ts'
import { onlyKey, publicKeyOf } from '../forge.ts'
import type { CID } from 'multiformats/cid'
import type { CborInput } from '../../../promisebase/index.ts'
import type { Signer } from '../../index.ts'

const NOTHING = new Uint8Array(0)

export interface ForeignParts {
  readonly by?: Signer
  readonly protocol?: CID
  /** Whether the link of the protocol is written with the 00 in front of its CID. */
  readonly isPrefixed?: boolean
  readonly payload?: CborInput
  /** Further slots between payload and proof. */
  readonly more?: readonly CborInput[]
  /** Whether the proof stands in a byte string; else as it is. */
  readonly isWrapped?: boolean
  readonly header?: CborInput
  readonly unprotected?: CborInput
  readonly embedded?: CborInput
  /** Changes the proof at last. */
  readonly proof?: (proof: Map<string, CborInput>) => CborInput
  /** Changes the elements of a COSE_Sign1 at last. */
  readonly elements?: (elements: CborInput[]) => CborInput
}

export const protocolOf = (text: string): CID =>
  hashBlock(nodeCrypto.sha256, CODEC.raw, new TextEncoder().encode(text))

/** A raw signature over the untagged array, the proof a map in a byte string. */
export function mapMessage(parts: ForeignParts = {}): Uint8Array {
  const { by = people.alice, proof = (map) => map } = parts
  const slots = firstSlots(parts)
  const { bytes } = publicKeyOf(by)
  const honest = new Map<string, CborInput>([
    ['algorithm', 'Ed25519'],
    ['key_id', Buffer.from(bytes).toString('hex')],
    ['public_key', bytes],
    ['signature', onlyKey(by).sign(untaggedSlots(slots))],
  ])
  return closed(slots, encodeCbor(encodeCbor(proof(honest))))
}

/** A COSE_Sign1 that holds the untagged array it signs. */
export function embeddedMessage(parts: ForeignParts = {}): Uint8Array {
  const slots = firstSlots(parts)
  return coseMessage(parts, slots, untaggedSlots(slots), parts.embedded ?? untaggedSlots(slots))
}

/** A COSE_Sign1 that signs the tagged array and holds nothing. */
export function detachedMessage(parts: ForeignParts = {}): Uint8Array {
  const slots = firstSlots(parts)
  return coseMessage(parts, slots, taggedSlots(slots), parts.embedded ?? null)
}

function coseMessage(
  parts: ForeignParts,
  slots: readonly Uint8Array[],
  payload: Uint8Array,
  embedded: CborInput,
): Uint8Array {
  const { by = people.alice, isWrapped = true, unprotected = new Map() } = parts
  const header =
    parts.header ?? new Map<number, CborInput>([[1, publicKeyOf(by).algorithm === 'Ed25519' ? -8 : -7]])
  const protectedBytes = encodeCbor(header)
  const signature = onlyKey(by).sign(encodeCbor(['Signature1', protectedBytes, NOTHING, payload]))
  const elements: CborInput[] = [protectedBytes, unprotected, embedded, signature]
  const sign1 = encodeCbor(new CborTagged(18, parts.elements?.(elements) ?? elements))
  return closed(slots, isWrapped ? encodeCbor(sign1) : sign1)
}

function firstSlots({
  protocol = protocolOf('a protocol of others'),
  isPrefixed = false,
  payload = new Map<string, CborInput>([
    ['kind', 'note'],
    ['share', 1.5],
  ]),
  more = [],
}: ForeignParts): Uint8Array[] {
  const link = isPrefixed ? protocol : new CborTagged(42, protocol.bytes)
  return [link, payload, ...more].map((slot) => encodeCbor(slot))
}

function closed(slots: readonly Uint8Array[], proof: Uint8Array): Uint8Array {
  return taggedSlots([...slots, proof])
}

/** The tag over slots that are given as they are. */
export function envelopeOf(...slots: readonly CborInput[]): Uint8Array {
  return encodeCbor(new CborTagged(GRID_TAG, [...slots]))
}
