/** Messages of another protocol: a view says how they are signed, and is registered for that protocol alone. */
import { createHost } from 'promisegrid'
import { ed25519MapView, taggedSlots, untaggedSlots } from 'promisegrid/kernel'
import { CborTagged, CODEC, encodeCbor, hashBlock } from 'promisegrid/promisebase'
import type { SignableView, SigningKey } from 'promisegrid'

const host = await createHost()
const seller = await host.identity('seller')
const [key] = seller.keys as [SigningKey]
const utf8 = new TextEncoder()

// A protocol is named by the text that specifies it. This one is of the kind public examples use: the key and a
// raw signature in a map, over the first two slots.
const orders = hashBlock(host.crypto.sha256, CODEC.raw, utf8.encode('Orders, version 1: …'))
host.views.register(orders, ed25519MapView)

const order = orderOf({ item: 'rope', metres: 12 })
const read = host.readForeign(order)
console.log(
  'an order: signed',
  read.ok?.verified,
  'by the seller',
  read.ok?.signer?.principal === seller.principal,
)

// One changed byte, and nobody signed it.
const changed = order.slice()
changed[60] = (changed[60] ?? 0) ^ 1
console.log('changed on the way:', host.readForeign(changed).refused?.code)

// Nothing is guessed: the same bytes under a protocol without a view are refused, or kept unread where one asks.
const unknown = orderOf({ item: 'sail' }, hashBlock(host.crypto.sha256, CODEC.raw, utf8.encode('Sails')))
console.log('of an unknown protocol:', host.readForeign(unknown).refused?.code)
const opaque = host.readForeign(unknown, { unknown: 'opaque' }).ok
console.log('kept unread:', opaque?.slots.length, 'slots, verified', opaque?.verified)

// A view of one's own, for messages that carry their signature in the second slot and sign the rest.
const note: SignableView = {
  name: 'note',
  read: ({ slots: [link, signature, ...rest] }) =>
    link === undefined || signature?.length !== 66
      ? { refused: { code: 'SHAPE', detail: 'a note has a signature in its second slot' } }
      : {
          ok: { key: key.publicKey, signature: signature.slice(2), signed: taggedSlots([link, ...rest]) },
        },
}
const notes = hashBlock(host.crypto.sha256, CODEC.raw, utf8.encode('Notes'))
host.views.register(notes, note)
const [link, text] = [encodeCbor(notes), encodeCbor('low tide at six')]
const signature = encodeCbor(key.sign(taggedSlots([link, text])))
console.log('a note, by a view of its own:', host.readForeign(taggedSlots([link, signature, text])).ok?.view)

// Whoever signed it: to the kernel it is no message. It can be the arguments of one, and a handler may read it.
const hint = await host.send(order)
console.log('sent to the node:', hint.status, 'code' in hint ? hint.code : '')

await host.close()

/** What the program of somebody else would write. */
function orderOf(content: Record<string, string | number>, protocol = orders): Uint8Array {
  const slots = [encodeCbor(new CborTagged(42, protocol.bytes)), encodeCbor(content)]
  const { bytes } = key.publicKey
  const proof = encodeCbor({
    algorithm: 'Ed25519',
    key_id: Buffer.from(bytes).toString('hex'),
    public_key: bytes,
    signature: key.sign(untaggedSlots(slots)),
  })
  return taggedSlots([...slots, encodeCbor(proof)])
}
