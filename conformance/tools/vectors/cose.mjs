// COSE of others, and content that is encrypted to keys. Objects are put together here by RFC 9052, RFC 9053 and
// spec/cose.md over the libraries of cryptography, not by the writers of the kernel.
import { aeskw, gcm } from '@noble/ciphers/aes.js'
import { hkdf } from '@noble/hashes/hkdf.js'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 as hash } from '@noble/hashes/sha2.js'
import { nobleAgreement, nobleCrypto, signMlDsa } from 'promisegrid/promisebase'

import {
  alice,
  bob,
  bytesOf,
  cbor,
  chapter,
  concat,
  fresh,
  hex,
  mallory,
  mapInOrder,
  sha256,
} from './kit.mjs'
import { tag, unhex, utf8 } from './kit.mjs'

const NOTHING = bytesOf(0)
const payload = utf8('This is the content.')
const map = (...entries) => new Map(entries)
const header = (...entries) => cbor(map(...entries))
const withName = (key, kid) => map(...key, [2, kid])

// ------------------------------------------------------------------------------------------ signatures

const signature1 = (by, protectedBytes, content = payload, external = NOTHING) =>
  by.sign(cbor(['Signature1', protectedBytes, external, content]))

/** A COSE_Sign1 by `by`; every part can be replaced. */
function sign1(by, change = {}) {
  const protectedBytes = change.protected ?? header([1, by.coseAlgorithm])
  const signed = change.signed ?? protectedBytes
  const signature = change.signature ?? signature1(by, signed, change.content ?? payload, change.external)
  const embedded = 'embedded' in change ? change.embedded : payload
  const parts = change.parts ?? [protectedBytes, change.unprotected ?? map(), embedded, signature]
  return cbor('tag' in change && change.tag === undefined ? parts : tag(change.tag ?? 18, parts))
}

const seed = fresh('ML-DSA key', 32)
const postQuantum = {
  coseAlgorithm: -49,
  publicKey: nobleCrypto.publicKey('ML-DSA-65', seed).bytes,
  sign: (bytes) => signMlDsa('ML-DSA-65', seed, bytes, bytesOf(32)),
}
postQuantum.coseKey = map([1, 7], [3, -49], [-1, postQuantum.publicKey])

function sign(signers, change = {}) {
  const body = change.body ?? NOTHING
  const signatures = signers.map((by) => {
    const own = header([1, by.coseAlgorithm])
    return [own, map(), by.sign(cbor([change.context ?? 'Signature', body, own, NOTHING, payload]))]
  })
  return cbor(tag(98, [body, map(), payload, change.signatures?.(signatures) ?? signatures]))
}

// -------------------------------------------------------------------------------------------- secrets

const shared = map([1, 4], [-1, fresh('shared key', 32)])
const short = map([1, 4], [-1, fresh('short key', 16)])

function mac0(key, algorithm, length, change = {}) {
  const protectedBytes = change.protected ?? header([1, algorithm])
  const full = hmac(hash, key.get(-1), cbor(['MAC0', protectedBytes, NOTHING, payload]))
  return cbor(tag(17, [protectedBytes, map(), payload, change.tag?.(full) ?? full.slice(0, length)]))
}

function encrypt0(key, algorithm, change = {}) {
  const protectedBytes = header([1, algorithm])
  const nonce = change.nonce ?? fresh('nonce', 12)
  const additional = cbor([change.context ?? 'Encrypt0', protectedBytes, NOTHING])
  const sealed = gcm(key.get(-1), nonce, additional).encrypt(payload)
  return cbor(tag(16, [protectedBytes, map([5, nonce]), change.sealed?.(sealed) ?? sealed]))
}

function encrypt(recipients) {
  const protectedBytes = header([1, 1])
  const nonce = fresh('nonce', 12)
  const sealed = gcm(short.get(-1), nonce, cbor(['Encrypt', protectedBytes, NOTHING])).encrypt(payload)
  return cbor(tag(96, [protectedBytes, map([5, nonce]), sealed, recipients]))
}

const wrapped = (change = {}) => [
  change.protected ?? NOTHING,
  map([1, change.algorithm ?? -5]),
  change.wrapped ?? aeskw(shared.get(-1)).encrypt(short.get(-1)),
]
const direct = [NOTHING, map([1, -6]), NOTHING]

// --------------------------------------------------------------------------------- encrypted to a key

const secrets = { alice: fresh('encryption key of alice', 32), bob: fresh('encryption key of bob', 32) }
secrets.mallory = fresh('encryption key of mallory', 32)
const publicKeys = Object.fromEntries(
  Object.entries(secrets).map(([name, secret]) => [name, nobleAgreement.publicKey('X-Wing', secret)]),
)
const encryptionKey = (name) => map([1, 7], [3, -65600], [-1, publicKeys[name].bytes])
const keyId = (name) => sha256(cbor(encryptionKey(name)))

/** spec/cose.md#encryption, step by step; every part can be replaced. */
function encrypted(names, change = {}) {
  const key = fresh('content key', 32)
  const nonce = fresh('content nonce', 12)
  const body = change.body ?? header([1, 3], [5, nonce], [16, 'promisegrid-encrypted+cose'])
  const external = change.external ?? NOTHING
  const sealed = gcm(key, nonce, cbor(['Encrypt', body, external])).encrypt(payload)
  const recipients = names.map((name) => {
    const { ciphertext, sharedSecret } = nobleAgreement.encapsulate(publicKeys[name], fresh64(name))
    const own = change.recipient?.(name, ciphertext) ?? recipientHeader(name, ciphertext)
    const nobody = [null, null, null]
    const context = cbor([-5, nobody, nobody, [256, change.bound?.(own) ?? own, change.boundBody ?? body]])
    return [own, map(), aeskw(hkdf(hash, sharedSecret, NOTHING, context, 32)).encrypt(key)]
  })
  const parts = [change.sentBody ?? body, map(), sealed, change.recipients?.(recipients) ?? recipients]
  return cbor(tag(change.tag ?? 96, change.parts?.(parts) ?? parts))
}

const recipientHeader = (name, ciphertext) => header([1, -65600], [4, keyId(name)], [-65601, ciphertext])
const fresh64 = (name) => concat(fresh(`entropy for ${name}`, 32), fresh(`more entropy for ${name}`, 32))
const flip = (bytes, at = bytes.length - 1) => bytes.map((byte, index) => (index === at ? byte ^ 1 : byte))

export function coseChapter() {
  const { accept, refuse, ...made } = chapter('cose', 'spec/cose.md')
  const input = (bytes) => ({ input: hex(bytes) })
  const verifying = (kind, bytes, keys, more = {}) => ({
    ...{ kind, rules: 'strict', ...input(bytes), keys: keys.map((key) => hex(cbor(key))), ...more },
  })
  const verifies = (comment, ...asked) =>
    accept('cose-verify', comment, verifying(...asked), { content: hex(payload) })
  const refuses = (comment, code, ...asked) => refuse('cose-verify', comment, verifying(...asked), code)
  const opens = (comment, ...asked) =>
    accept('cose-open', comment, verifying(...asked), { content: hex(payload) })
  const opensNot = (comment, code, ...asked) => refuse('cose-open', comment, verifying(...asked), code)
  const foreign = { rules: 'foreign' }

  verifies('a COSE_Sign1 under Ed25519', 'Sign1', sign1(alice), [alice.coseKey])
  verifies('a COSE_Sign1 under ESP256', 'Sign1', sign1(bob), [bob.coseKey])
  verifies('a COSE_Sign1 without its tag', 'Sign1', sign1(alice, { tag: undefined }), [alice.coseKey])
  const external = { externalAad: hex(utf8('beside it')) }
  const beside = sign1(alice, { external: utf8('beside it') })
  verifies('external data', 'Sign1', beside, [alice.coseKey], external)
  const detached = { detached: hex(payload) }
  verifies('a detached payload', 'Sign1', sign1(alice, { embedded: null }), [alice.coseKey], detached)
  const opaque = map([11, [1]], [33, utf8('a certificate')])
  verifies(
    'a certificate and a countersignature, not looked into',
    'Sign1',
    sign1(alice, { unprotected: opaque }),
    [alice.coseKey],
  )
  const critical = header([1, -19], [2, [4]], [4, utf8('alice')])
  verifies('crit with a label that is understood', 'Sign1', sign1(alice, { protected: critical }), [
    alice.coseKey,
  ])
  const unsorted = mapInOrder([4, utf8('alice')], [1, -19])
  verifies(
    'a header in another order, from a foreign writer',
    'Sign1',
    sign1(alice, { protected: unsorted }),
    [alice.coseKey],
    foreign,
  )
  const open = { unprotected: map([1, -19]), signed: NOTHING }
  verifies(
    'an empty map for a protected header, and alg beside it, from a foreign writer',
    'Sign1',
    sign1(alice, { protected: unhex('a0'), ...open }),
    [withoutAlgorithm(alice.coseKey)],
    foreign,
  )
  verifies('a COSE_Sign by two keys', 'Sign', sign([alice, postQuantum]), [
    alice.coseKey,
    postQuantum.coseKey,
  ])
  verifies('a COSE_Sign by one of two keys that signed it', 'Sign', sign([alice, postQuantum]), [
    postQuantum.coseKey,
  ])
  verifies('a COSE_Mac0 with HMAC 256/256', 'Mac0', mac0(shared, 5, 32), [shared])
  verifies('a COSE_Mac0 with HMAC 256/64', 'Mac0', mac0(shared, 4, 8), [shared])
  opens('a COSE_Encrypt0 with A256GCM', 'Encrypt0', encrypt0(shared, 3), [shared])
  opens('a COSE_Encrypt0 with A128GCM', 'Encrypt0', encrypt0(short, 1), [short])
  opens('a COSE_Encrypt with a direct key', 'Encrypt', encrypt([direct]), [short])
  opens('a COSE_Encrypt with a wrapped key', 'Encrypt', encrypt([wrapped()]), [shared])

  const one = (comment, code, change, key = alice.coseKey, more = {}) =>
    refuses(comment, code, 'Sign1', sign1(alice, change), [key], more)
  one('the tag of another kind', 'SHAPE', { tag: 98 })
  one('a tag that means nothing', 'SHAPE', { tag: 998 })
  one('three parts', 'SHAPE', { parts: [header([1, -19]), map(), payload] })
  one('a protected header that is a map and not its bytes', 'SHAPE', {
    parts: [map([1, -19]), map(), payload, bytesOf(64)],
  })
  one('a protected header that is no map', 'SHAPE', { protected: cbor([1]) })
  one('a label that is a list', 'SHAPE', { protected: header([1, -19], [[1], 1]) })
  one('kid as text', 'SHAPE', { protected: header([1, -19], [4, 'alice']) })
  one('IV and Partial IV', 'SHAPE', { protected: header([1, -19], [5, bytesOf(12)], [6, bytesOf(1)]) })
  one('a label in both headers', 'SHAPE', {
    protected: header([1, -19], [4, utf8('a')]),
    unprotected: map([4, utf8('b')]),
  })
  one('a label twice in one header', 'DECODE', { protected: unhex('a2 0132 0126') })
  one(
    'a label twice in one header, from a foreign writer',
    'DECODE',
    { protected: unhex('a2 0132 180126') },
    alice.coseKey,
    foreign,
  )
  one('a header in another order', 'CANON', { protected: unsorted })
  one('an empty map for a protected header', 'CANON', { protected: unhex('a0'), ...open })
  one('no algorithm', 'ALG', { protected: NOTHING })
  one('an algorithm that is not protected', 'ALG', { protected: NOTHING, ...open })
  one('an algorithm by name', 'ALG', { protected: header([1, 'EdDSA']) })
  one('the algorithm none', 'ALG', { protected: header([1, 0]) })
  one('an algorithm that makes no signatures', 'ALG', { protected: header([1, 5]) })
  one('another algorithm than that of the key', 'KEY', { protected: header([1, -8]) })
  one(
    'an algorithm for keys of another type',
    'KEY',
    { protected: header([1, -7]) },
    withoutAlgorithm(alice.coseKey),
  )
  one('a key that may only sign', 'KEY', {}, map(...alice.coseKey, [4, [1]]))
  one('a symmetric key', 'KEY', {}, shared)
  one(
    'kid of another key',
    'KEY',
    { unprotected: map([4, utf8('alice')]) },
    withName(alice.coseKey, utf8('mallory')),
  )
  one('crit with a label that is not understood', 'CRIT', { protected: header([1, -19], [2, [99]], [99, 1]) })
  one('crit with a label that is not there', 'CRIT', { protected: header([1, -19], [2, [4]]) })
  one('crit with a certificate, which nobody looks into', 'CRIT', {
    protected: header([1, -19], [2, [33]], [33, bytesOf(2)]),
  })
  one('crit without a label', 'CRIT', { protected: header([1, -19], [2, []]) })
  one('crit that is not protected', 'CRIT', { unprotected: map([2, [4]], [4, utf8('a')]) })
  one('another key', 'SIG', {}, mallory.coseKey)
  one('the signature of another payload', 'SIG', { content: utf8('Another content.') })
  one('external data that was not signed', 'SIG', {}, alice.coseKey, external)
  one('external data of a COSE_Sign1 that is not given', 'SIG', { external: utf8('beside it') })
  one('a signature of 63 bytes', 'SIG', { signature: bytesOf(63, 1) })
  one('no signature', 'SIG', { signature: NOTHING })
  one('a detached payload that is not given', 'SHAPE', { embedded: null })
  one('a payload given beside an embedded one', 'SHAPE', {}, alice.coseKey, detached)
  one('another detached payload', 'SIG', { embedded: null }, alice.coseKey, {
    detached: hex(utf8('Another')),
  })

  const two = [alice.coseKey, postQuantum.coseKey]
  refuses('a COSE_Sign that one of the keys has not signed', 'KEY', 'Sign', sign([postQuantum]), two)
  refuses('a COSE_Sign by other keys', 'KEY', 'Sign', sign([alice, postQuantum]), [
    alice.coseKey,
    bob.coseKey,
  ])
  refuses('a COSE_Sign without signatures', 'SHAPE', 'Sign', sign([alice], { signatures: () => [] }), two)
  refuses(
    'a COSE_Sign with nine signatures',
    'LIMIT',
    'Sign',
    sign([alice], { signatures: ([each]) => Array(9).fill(each) }),
    [alice.coseKey],
  )
  refuses(
    'a COSE_Sign whose signature is that of a COSE_Sign1',
    'SIG',
    'Sign',
    sign([alice], { context: 'Signature1' }),
    [alice.coseKey],
  )
  refuses('a COSE_Sign taken for a COSE_Sign1', 'SHAPE', 'Sign1', sign([alice]), [alice.coseKey])

  refuses('a COSE_Mac0 with a tag that is cut', 'SIG', 'Mac0', mac0(shared, 5, 31), [shared])
  refuses('a COSE_Mac0 with a tag that is changed', 'SIG', 'Mac0', mac0(shared, 5, 32, { tag: flip }), [
    shared,
  ])
  refuses('a COSE_Mac0 by another key', 'SIG', 'Mac0', mac0(short, 5, 32), [shared])
  refuses(
    'a COSE_Mac0 whose key is the public key of a signer',
    'KEY',
    'Mac0',
    mac0(map([-1, alice.publicKey]), 5, 32),
    [withoutAlgorithm(alice.coseKey)],
  )
  refuses('a COSE_Mac0 with a signature algorithm', 'ALG', 'Mac0', mac0(shared, -19, 32), [shared])
  opensNot('a COSE_Encrypt0 that is changed', 'SIG', 'Encrypt0', encrypt0(shared, 3, { sealed: flip }), [
    shared,
  ])
  opensNot(
    'a COSE_Encrypt0 that is cut below its tag',
    'SIG',
    'Encrypt0',
    encrypt0(shared, 3, { sealed: (all) => all.slice(0, 15) }),
    [shared],
  )
  opensNot(
    'a COSE_Encrypt0 sealed as a COSE_Encrypt',
    'SIG',
    'Encrypt0',
    encrypt0(shared, 3, { context: 'Encrypt' }),
    [shared],
  )
  opensNot('a COSE_Encrypt0 with a key of another size', 'KEY', 'Encrypt0', encrypt0(shared, 3), [short])
  opensNot(
    'a COSE_Encrypt0 with an IV of 16 bytes',
    'SHAPE',
    'Encrypt0',
    encrypt0(shared, 3, { nonce: bytesOf(16) }),
    [shared],
  )
  opensNot('a COSE_Encrypt0 under an algorithm that is not known', 'ALG', 'Encrypt0', encrypt0(shared, 99), [
    shared,
  ])
  opensNot('a direct recipient beside another one', 'SHAPE', 'Encrypt', encrypt([direct, wrapped()]), [
    shared,
  ])
  opensNot(
    'a wrapped key that is changed',
    'SIG',
    'Encrypt',
    encrypt([wrapped({ wrapped: flip(wrapped()[2]) })]),
    [shared],
  )
  opensNot(
    'a wrapping recipient with a protected header',
    'SHAPE',
    'Encrypt',
    encrypt([wrapped({ protected: header([1, -5]) })]),
    [shared],
  )
  opensNot('a recipient by RSA-OAEP', 'ALG', 'Encrypt', encrypt([wrapped({ algorithm: -40 })]), [shared])
  opensNot('seventeen recipients', 'LIMIT', 'Encrypt', encrypt(Array(17).fill(wrapped())), [shared])
  opensNot('no recipient', 'SHAPE', 'Encrypt', encrypt([]), [shared])

  thumbprints(accept, refuse)
  encryption(accept, refuse)
  return made
}

function withoutAlgorithm(key) {
  return map(...[...key].filter(([label]) => label !== 3))
}

function thumbprints(accept, refuse) {
  const of = (key) => ({ rules: 'strict', input: hex(cbor(key)) })
  const prints = (comment, key, required) =>
    accept('cose-thumbprint', `thumbprint: ${comment}`, of(key), { thumbprint: hex(sha256(cbor(required))) })
  const refuses = (comment, code, key) => refuse('cose-thumbprint', `COSE_Key: ${comment}`, of(key), code)
  const [x, y] = [bob.coseKey.get(-2), bob.coseKey.get(-3)]
  const point = map([1, 2], [-1, 1], [-2, x], [-3, y])
  prints('Ed25519', withName(alice.coseKey, utf8('alice')), withoutAlgorithm(alice.coseKey))
  prints('P-256 with a secret part and its uses', map(...point, [4, [1, 2]], [-4, fresh('d', 32)]), point)
  prints('P-256 with the sign of y alone', map([1, 2], [-1, 1], [-2, x], [-3, (y[31] & 1) === 1]), point)
  prints('ML-DSA-65, where the algorithm is part of the key', postQuantum.coseKey, postQuantum.coseKey)
  prints('X-Wing', encryptionKey('alice'), encryptionKey('alice'))
  refuses('no key', 'KEY', map())
  refuses('a type that is not known', 'KEY', map([1, 99]))
  refuses('a point that is not on its curve', 'KEY', map([1, 2], [-1, 1], [-2, x], [-3, x]))
  refuses('a coordinate of 31 bytes', 'KEY', map([1, 2], [-1, 1], [-2, x.slice(1)], [-3, y]))
  refuses('a point without y', 'KEY', map([1, 2], [-1, 1], [-2, x]))
  refuses('a curve of another type', 'KEY', map([1, 1], [-1, 1], [-2, x]))
  refuses('an algorithm by name', 'ALG', map(...point, [3, 'ES256']))
  refuses('uses that are no list', 'KEY', map(...point, [4, 2]))
  refuses('ML-DSA without an algorithm', 'KEY', withoutAlgorithm(postQuantum.coseKey))
}

function encryption(accept, refuse) {
  const asked = (bytes, name = 'alice', external) => ({
    ...{ secret: hex(secrets[name]), input: hex(bytes) },
    ...(external === undefined ? {} : { externalAad: hex(external) }),
  })
  const opens = (comment, ...more) =>
    accept('cose-decrypt', comment, asked(...more), { content: hex(payload) })
  const refuses = (comment, code, ...more) => refuse('cose-decrypt', comment, asked(...more), code)
  const both = ['alice', 'bob']
  const body = header([1, 24], [5, fresh('content nonce', 12)], [16, 'promisegrid-encrypted+cose'])
  const aad = utf8('reply')

  opens('encrypted to one key', encrypted(['alice']))
  opens('encrypted to two keys, opened by the second', encrypted(both), 'bob')
  opens('encrypted with external data', encrypted(['alice'], { external: aad }), 'alice', aad)

  refuses('encrypted to others', 'KEY', encrypted(both), 'mallory')
  refuses('external data that was not bound', 'SIG', encrypted(['alice']), 'alice', aad)
  refuses('external data that is not given', 'SIG', encrypted(['alice'], { external: aad }))
  refuses('cut', 'DECODE', encrypted(['alice']).slice(0, -1))
  refuses('one byte more', 'DECODE', concat(encrypted(['alice']), NUL))
  refuses('a long head', 'CANON', concat(unhex('d90060'), encrypted(['alice']).slice(2)))
  refuses('encrypted content under the tag of another kind', 'SHAPE', encrypted(['alice'], { tag: 16 }))
  const part = (comment, code, change) =>
    refuses(comment, code, encrypted(['alice'], { parts: (parts) => change([...parts]) }))
  part('the ciphertext changed', 'SIG', (parts) => parts.with(2, flip(parts[2])))
  part('the ciphertext cut below its tag', 'SIG', (parts) => parts.with(2, parts[2].slice(0, 15)))
  part('the ciphertext missing', 'SHAPE', (parts) => parts.with(2, null))
  part('something in the unprotected header', 'SHAPE', (parts) => parts.with(1, map([99, 1])))
  part('encrypted to nobody', 'SHAPE', (parts) => parts.with(3, []))
  part('encrypted to seventeen', 'LIMIT', (parts) => parts.with(3, Array(17).fill(parts[3][0])))
  part('a recipient twice', 'SHAPE', (parts) => parts.with(3, [parts[3][0], parts[3][0]]))
  refuses(
    'another algorithm put into the header of the content',
    'SIG',
    encrypted(['alice'], { sentBody: body }),
  )
  refuses(
    'a key that was bound to another header of the content',
    'SIG',
    encrypted(['alice'], { boundBody: body }),
  )
  const typ = header([1, 3], [5, fresh('content nonce', 12)], [16, 'promisegrid-receipt+cwt'])
  refuses('another type', 'SHAPE', encrypted(['alice'], { body: typ }))
  const weak = header([1, 1], [5, fresh('content nonce', 12)], [16, 'promisegrid-encrypted+cose'])
  refuses('another cipher', 'ALG', encrypted(['alice'], { body: weak }))
  const more = header([1, 3], [5, fresh('content nonce', 12)], [16, 'promisegrid-encrypted+cose'], [99, 1])
  refuses('another label in the header of the content', 'SHAPE', encrypted(['alice'], { body: more }))
  const recipient = (comment, code, change, name) =>
    refuses(comment, code, encrypted(['alice'], { recipient: change }), name)
  recipient(
    'sent to one key and named for another',
    'SIG',
    (_, sent) => recipientHeader('mallory', sent),
    'mallory',
  )
  recipient('another algorithm of the recipient', 'ALG', (name, sent) =>
    header([1, -31], [4, keyId(name)], [-65601, sent]),
  )
  recipient('a name of 31 bytes', 'SHAPE', (name, sent) =>
    header([1, -65600], [4, keyId(name).slice(1)], [-65601, sent]),
  )
  recipient('an X-Wing ciphertext of 1119 bytes', 'SHAPE', (name, sent) =>
    header([1, -65600], [4, keyId(name)], [-65601, sent.slice(1)]),
  )
  recipient('an X-Wing ciphertext that is changed', 'SIG', (name, sent) =>
    header([1, -65600], [4, keyId(name)], [-65601, flip(sent, 7)]),
  )
  recipient('an X25519 part of small order', 'SIG', (name, sent) =>
    recipientHeader(name, concat(sent.slice(0, 1088), bytesOf(32))),
  )
  const bound = { bound: () => header([1, -65600]) }
  refuses('a key that was bound to another header of the recipient', 'SIG', encrypted(['alice'], bound))
  const swapped = ([first, second]) => [first.with(2, second[2]), second.with(2, first[2])]
  refuses('the wrapped keys of two recipients exchanged', 'SIG', encrypted(both, { recipients: swapped }))
  const replaced = ([first]) => [first.with(2, flip(first[2]))]
  refuses('the wrapped key of the recipient changed', 'SIG', encrypted(['alice'], { recipients: replaced }))
  const cut = ([first]) => [first.with(2, first[2].slice(8))]
  refuses('the wrapped key of the recipient cut', 'SHAPE', encrypted(['alice'], { recipients: cut }))
}

const NUL = bytesOf(1)
