/** A message of another protocol: its slots, and who signed it when the user says which view it is read by. */
import {
  coseDetachedView,
  coseEmbeddedView,
  createViews,
  ed25519MapView,
  readForeign,
  readForeignEnvelope,
} from '../../../kernel/index.ts'
import { CODEC, hashBlock } from '../../../promisebase/index.ts'
import { nodeCrypto } from '../powers/crypto.ts'
import { bytes as size } from '../terminal/units.ts'
import { notation } from './parts.ts'
import type { ForeignEnvelope, Result, SignableView } from '../../../kernel/index.ts'
import type { PublicKey } from '../../../promisebase/index.ts'
import type { Item, Verdict } from './item.ts'

/** Views by the names a user can give them; those over COSE need to be told the key. */
const VIEWS: Readonly<Record<string, (key: PublicKey | undefined) => SignableView>> = {
  'ed25519-map': () => ed25519MapView,
  'cose-embedded': (key) => coseEmbeddedView(() => key),
  'cose-detached': (key) => coseDetachedView(() => key),
}

export const VIEW_NAMES = Object.keys(VIEWS)

export interface ForeignReading {
  /** One of {@link VIEW_NAMES}. */
  readonly view?: string
  readonly key?: PublicKey
}

export function inspectForeign(bytes: Uint8Array, reading: ForeignReading): Result<Item> {
  const envelope = readForeignEnvelope(bytes)
  if (envelope.refused !== undefined) return envelope
  const { protocol, slots } = envelope.ok
  const cid = hashBlock(nodeCrypto.sha256, CODEC.raw, bytes).toString()
  return {
    ok: {
      kind: 'foreign',
      bytes,
      says: 'a message of another protocol: no kernel acts on it',
      verdict: verdictOf(envelope.ok, reading),
      rows: [
        ['protocol', protocol.toString()],
        ['CID', `${cid}, of all its bytes`],
        ...slots.slice(1).map((slot, index) => [`slot ${index + 1}`, size(slot.length)]),
      ],
      facts: {
        protocol: protocol.toString(),
        cid,
        slots: slots.map((slot) => Buffer.from(slot).toString('hex')),
        ...(reading.view === undefined ? {} : { view: reading.view }),
      },
      parts: slots.map((slot, index) => ({
        name: index === 0 ? 'protocol' : `slot ${index}`,
        value: notation(slot),
        isNamed: true,
      })),
    },
  }
}

/** The user's word registers the view for this protocol; nothing is tried without it. */
function verdictOf({ bytes, protocol }: ForeignEnvelope, { view, key }: ForeignReading): Verdict {
  if (view === undefined)
    return { signature: 'open', because: 'its protocol says how it is signed; name a view with --view' }
  const made = VIEWS[view]
  if (made === undefined) throw new TypeError(`view must be one of ${VIEW_NAMES.join(', ')}`)
  const read = readForeign(nodeCrypto, createViews([[protocol, made(key)]]), bytes)
  if (read.refused !== undefined) return { signature: 'broken', refused: read.refused }
  return { signature: 'holds', signer: read.ok.signer?.principal ?? 'a key that is no principal of its own' }
}
