// Messages of other protocols, read through the view that is registered for theirs.
import {
  alice,
  bob,
  bytesOf,
  cbor,
  chapter,
  concat,
  hex,
  mallory,
  mapInOrder,
  message,
  rawCid,
} from './kit.mjs'
import { sign1, tag, unhex, utf8 } from './kit.mjs'
import { begin, echo, grid } from './world.mjs'

const TAG = unhex('da67726964')
const protocol = rawCid(utf8('a protocol of others'))
const bare = tag(42, protocol.bytes)

export function foreignChapter() {
  begin('foreign')
  const { accept, refuse, ...made } = chapter('foreign', 'spec/foreign.md')
  const view = (name, keys) => [{ protocol: protocol.toString(), view: name, ...(keys && { keys }) }]
  const known = [{ principal: alice.principal }, { kid: hex(bob.kid), principal: bob.principal }]
  const VIEWS = {
    'ed25519-map': { views: view('ed25519-map'), write: mapMessage },
    'cose-embedded': { views: view('cose-embedded', known), write: coseMessage(true) },
    'cose-detached': { views: view('cose-detached', known), write: coseMessage(false) },
  }
  const question = (name, bytes, more) => ({ views: VIEWS[name].views, ...more, input: hex(bytes) })
  const takes = (name, comment, parts = {}, signer = alice) => {
    const { bytes, slots } = VIEWS[name].write(parts)
    accept('foreign', `${name}: ${comment}`, question(name, bytes), {
      ...{ protocol: protocol.toString(), slots: slots.map(hex), verified: true },
      ...{ view: name, signer: signer.principal },
    })
  }
  const refusesBytes = (name, code, comment, bytes, more) =>
    refuse('foreign', `${name}: ${comment}`, question(name, bytes, more), code)
  const refuses = (name, code, comment, parts) =>
    refusesBytes(name, code, comment, VIEWS[name].write(parts).bytes)

  for (const name of Object.keys(VIEWS)) {
    const good = VIEWS[name].write({})
    takes(name, 'a link without 00')
    takes(name, 'a link with 00', { link: protocol })
    takes(name, 'a float and keys that are no text', { payload: new Map([[1, 1.5]]) })
    refuses(name, 'SIG', 'signed in the other writing of the link', { link: protocol, signedLink: bare })
    refuses(name, 'SIG', 'another payload was signed', { signedPayload: 'other' })
    refuses(name, 'FOREIGN', 'another protocol', { link: tag(42, rawCid(utf8('another')).bytes) })
    refusesBytes(name, 'SHAPE', 'two slots', envelope(good.slots.slice(0, 2)))
    refusesBytes(name, 'DECODE', 'without its last byte', good.bytes.slice(0, -1))
    refusesBytes(
      name,
      'CANON',
      'a long head in a slot',
      envelope([good.slots[0], unhex('1807'), good.slots[2]]),
    )
    refusesBytes(name, 'LIMIT', '65 slots', concat(TAG, [0x98, 65], good.slots[0], bytesOf(64, 0xf6)))
    refusesBytes(
      name,
      'LIMIT',
      '65,537 bytes',
      envelope([good.slots[0], cbor(bytesOf(65537 - 6 - 40 - 3 - 1)), [0xf6]]),
    )
  }
  const map = (comment, code, proof) => refuses('ed25519-map', code, comment, { proof })
  map('another algorithm', 'ALG', { algorithm: 'Ed448' })
  map('key_id of another key', 'KEY', { key_id: '00'.repeat(32) })
  map('a key of small order', 'KEY', { public_key: bytesOf(32), key_id: '00'.repeat(32) })
  map('a signature of 63 bytes', 'SIG', { signature: bytesOf(63) })
  map('a fifth entry', 'SHAPE', { z: 1 })
  refuses('ed25519-map', 'SIG', 'signed with the tag', { isTaggedSigned: true })
  for (const name of ['cose-embedded', 'cose-detached']) {
    takes(name, 'the proof outside a byte string', { isBare: true })
    takes(name, 'more slots', { more: [cbor([]), cbor('parents')] })
    takes(name, 'a key by its identifier', { by: bob, alg: -7, kid: bob.kid }, bob)
    refuses(name, 'KEY', 'an identifier nobody knows', { kid: mallory.kid })
    refuses(name, 'SIG', 'signed by another', { by: mallory })
    refuses(name, 'ALG', 'an algorithm that is not that of the key', { alg: -7 })
    refuses(name, 'SIG', 'signed over what the other view signs', { isOtherSigned: true })
    refuses(name, 'CRIT', 'a critical label that nobody understands', { crit: [99] })
  }
  refuses('cose-embedded', 'SHAPE', 'its payload is detached', { embedded: null })
  refuses('cose-detached', 'SHAPE', 'its payload is embedded', { embedded: bytesOf(1) })

  const opaque = mapMessage({})
  const unread = { protocol: protocol.toString(), slots: opaque.slots.map(hex), verified: false }
  accept(
    'foreign',
    'no view, kept unread',
    { views: [], unknown: 'opaque', input: hex(opaque.bytes) },
    unread,
  )
  refuse('foreign', 'no view', { views: [], input: hex(opaque.bytes) }, 'FOREIGN')
  refuse('foreign', 'no view: refuse', { views: [], unknown: 'refuse', input: hex(opaque.bytes) }, 'FOREIGN')
  const asked = (comment, code, bytes) =>
    refuse(
      'foreign',
      `kept unread, but ${comment}`,
      { views: [], unknown: 'opaque', input: hex(bytes) },
      code,
    )
  asked(
    'no envelope: five elements',
    'SHAPE',
    message({ by: alice, protocol: echo.protocol, grid, claims: {} }).bytes,
  )
  asked('no link in front', 'SHAPE', concat(TAG, cbor([protocol.bytes])))
  asked('a map under the tag', 'SHAPE', concat(TAG, mapInOrder(['a', 1])))
  asked('a byte too many', 'DECODE', concat(opaque.bytes, [0]))
  return made
}

function envelope(slots) {
  return concat(TAG, [0x80 + slots.length], ...slots)
}

function written({ link = bare, payload = new Map([['kind', 'note']]), more = [] }) {
  return [cbor(link), cbor(payload), ...more]
}

function signedSlots(parts, slots) {
  const [link, payload, ...more] = slots
  const changed = [
    parts.signedLink === undefined ? link : cbor(parts.signedLink),
    parts.signedPayload === undefined ? payload : cbor(parts.signedPayload),
  ]
  return concat([0x80 + slots.length], ...changed, ...more)
}

function mapMessage(parts) {
  const { by = alice, isTaggedSigned = false } = parts
  const slots = written(parts)
  const signed = concat(isTaggedSigned ? TAG : [], signedSlots(parts, slots))
  const proof = {
    ...{ algorithm: 'Ed25519', key_id: hex(by.publicKey), public_key: by.publicKey },
    ...{ signature: by.sign(signed), ...parts.proof },
  }
  const all = [...slots, cbor(cbor(proof))]
  return { bytes: envelope(all), slots: all }
}

function coseMessage(isEmbedded) {
  return (parts) => {
    const { by = alice, alg = -8, kid, crit, isOtherSigned = false } = parts
    const slots = written(parts)
    const isTagged = isEmbedded === isOtherSigned
    const payload = concat(isTagged ? TAG : [], signedSlots(parts, slots))
    const critical =
      crit === undefined
        ? []
        : [
            [2, crit],
            [99, true],
          ]
    const header = new Map([[1, alg], ...(kid === undefined ? [] : [[4, kid]]), ...critical])
    const embedded = 'embedded' in parts ? parts.embedded : isEmbedded ? payload : null
    const sign = sign1({ by, payload, header, embedded })
    const all = [...slots, parts.isBare ? sign : cbor(sign)]
    return { bytes: envelope(all), slots: all }
  }
}
