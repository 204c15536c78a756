/** Messages of other protocols: one for each view that comes with us, and one for a view of the caller's own. */
import { Buffer } from 'node:buffer'
import {
  coseDetachedView,
  coseEmbeddedView,
  createViews,
  ed25519MapView,
  sigStructure,
  taggedSlots,
  untaggedSlots,
} from 'promisegrid/kernel'
import { CborTagged, CODEC, encodeCbor, hashBlock } from 'promisegrid/promisebase'
import { crypto, people } from './node.ts'
import type { ForeignEnvelope, SignableView, Signer, SigningKey, Views } from 'promisegrid/kernel'
import type { CborValue } from 'promisegrid/promisebase'
import type { CID } from 'multiformats/cid'

const NOTHING = new Uint8Array(0)
const ALGORITHMS = new Map([
  ['Ed25519', -8],
  ['ESP256', -7],
])

export interface ForeignObject {
  readonly view: string
  readonly bytes: Uint8Array
  /** What its signer has signed. */
  readonly signed: Uint8Array
  readonly signer: Signer
}

/** Everything before the last slot is signed, and the last slot is the signature: by alice, whoever sends it. */
const ownView: SignableView = { name: 'own', read: readOwn }

function readOwn({ bytes, slots }: ForeignEnvelope): ReturnType<SignableView['read']> {
  const proof = slots.at(-1)
  const isSignature = proof?.length === 66 && proof[0] === 0x58 && proof[1] === 64
  if (!isSignature) return { refused: { code: 'SHAPE', detail: 'the last slot is a signature' } }
  const signed = bytes.subarray(0, bytes.length - proof.length)
  return { ok: { key: keyOf(people.alice).publicKey, signed, signature: proof.subarray(2) } }
}

/** Keys of COSE views are found by kid, which need not be there for carol. */
export function foreignViews(): Views {
  const find = (kid: Uint8Array | undefined) =>
    keyOf(kid === undefined ? people.carol : people.alice).publicKey
  return createViews([
    [protocolOf('map'), ed25519MapView],
    [protocolOf('embedded'), coseEmbeddedView(find)],
    [protocolOf('detached'), coseDetachedView(find)],
    [protocolOf('own'), ownView],
  ])
}

export function foreignObjects(): readonly ForeignObject[] {
  const { alice, carol } = people
  return [
    mapObject(),
    coseObject('embedded', alice, true),
    coseObject('embedded', carol, false),
    coseObject('detached', alice, false),
    coseObject('detached', carol, true),
    ownObject(),
  ]
}

/** What can be signed for a protocol: its link, a payload, and something more. */
function slotsFor(name: string): Uint8Array[] {
  const link = new CborTagged(42, protocolOf(name).bytes)
  const payload: CborValue = new Map<string, CborValue>([
    ['kind', 'note'],
    ['share', [1, 2, new Uint8Array(8)]],
  ])
  return [link, payload].map((slot) => encodeCbor(slot))
}

function mapObject(): ForeignObject {
  const slots = slotsFor('map')
  const { publicKey, sign } = keyOf(people.alice)
  const proof: CborValue = new Map<string, CborValue>([
    ['algorithm', 'Ed25519'],
    ['key_id', Buffer.from(publicKey.bytes).toString('hex')],
    ['public_key', publicKey.bytes],
    ['signature', sign(untaggedSlots(slots))],
  ])
  const bytes = taggedSlots([...slots, encodeCbor(encodeCbor(proof))])
  return { view: 'ed25519-map', bytes, signed: untaggedSlots(slots), signer: people.alice }
}

function coseObject(kind: 'embedded' | 'detached', signer: Signer, isWrapped: boolean): ForeignObject {
  const slots = [...slotsFor(kind), encodeCbor(7)]
  const content = kind === 'embedded' ? untaggedSlots(slots) : taggedSlots(slots)
  const { publicKey, sign } = keyOf(signer)
  const header = encodeCbor(new Map([[1, ALGORITHMS.get(publicKey.algorithm) ?? 0]]))
  const signed = sigStructure('Signature1', header, undefined, NOTHING, content)
  const kid: CborValue = signer === people.alice ? new Map([[4, Uint8Array.of(1)]]) : new Map()
  const sign1 = encodeCbor(
    new CborTagged(18, [header, kid, kind === 'embedded' ? content : null, sign(signed)]),
  )
  const bytes = taggedSlots([...slots, isWrapped ? encodeCbor(sign1) : sign1])
  return { view: `cose-${kind}`, bytes, signed, signer }
}

function ownObject(): ForeignObject {
  const slots = slotsFor('own')
  const signature = new Uint8Array(64)
  const before = taggedSlots([...slots, encodeCbor(signature)]).slice(0, -66)
  const proof = encodeCbor(keyOf(people.alice).sign(before))
  return { view: 'own', bytes: taggedSlots([...slots, proof]), signed: before, signer: people.alice }
}

function protocolOf(name: string): CID {
  return hashBlock(crypto.sha256, CODEC.raw, new TextEncoder().encode(`protocol ${name}`))
}

function keyOf({ keys: [key] }: Signer): SigningKey {
  if (key === undefined) throw new Error('a signer without a key')
  return key
}
