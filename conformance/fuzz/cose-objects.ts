/**
 * Honest COSE objects of all six kinds, and the keys they are for. What the toolkit cannot make itself, because it
 * only reads it, is put together here part by part, by the ciphers of the platform.
 */
import { createCipheriv, createHmac } from 'node:crypto'
import {
  coseSigner,
  createCoseMac0,
  encStructure,
  macStructure,
  sealCoseEncrypt0,
  signCoseSign,
  signCoseSign1,
} from 'promisegrid/kernel'
import { CborTagged, encodeCbor, nobleAgreement, nobleCipher } from 'promisegrid/promisebase'
import { coseKeys, map, NONCE, secretOf, utf8 } from './cose-keys.ts'
import { crypto } from './node.ts'
import type { CoseKey, CoseKind, CoseSigner, Result } from 'promisegrid/kernel'
import type { CborValue } from 'promisegrid/promisebase'

export interface HonestObject {
  readonly kind: CoseKind
  readonly bytes: Uint8Array
  /** What whoever has the key finds in it. */
  readonly content: Uint8Array
}

/** Bound to every object, and sent with none. */
export const EXTERNAL = utf8('external')
/** The payload of every object that came without one. */
export const DETACHED = utf8('a payload that is elsewhere')

const NOTHING = new Uint8Array(0)

export function honestObjects(): readonly HonestObject[] {
  return [...signedObjects(), ...keyedObjects(), ...sentObjects()]
}

// ------------------------------------------------------------------------------------------------- signed

function signedObjects(): readonly HonestObject[] {
  const { ed25519, p256 } = coseKeys
  const [first, second] = [signerOf(ed25519, -19), signerOf(p256, -9)]
  const further = { protected: map([3, 'text/plain'], [2, [3]]), externalAad: EXTERNAL }
  const one = utf8('signed by one')
  const two = utf8('signed by two')
  return [
    { kind: 'Sign1', content: one, bytes: signCoseSign1(first, one, { externalAad: EXTERNAL }) },
    { kind: 'Sign1', content: two, bytes: signCoseSign1(second, two, further) },
    {
      kind: 'Sign1',
      content: DETACHED,
      bytes: signCoseSign1(signerOf(ed25519, -8), DETACHED, { externalAad: EXTERNAL, detached: true }),
    },
    { kind: 'Sign', content: two, bytes: signCoseSign([first, second], two, further) },
    { kind: 'Sign', content: one, bytes: signCoseSign([second, first], one, { externalAad: EXTERNAL }) },
  ]
}

// -------------------------------------------------------------------------------- under a key both have

function keyedObjects(): readonly HonestObject[] {
  const { mac, aesMac, seal, partial } = coseKeys
  const [content, options] = [utf8('tagged or sealed'), { externalAad: EXTERNAL }]
  const partially = { ...options, unprotected: map([6, Uint8Array.of(1, 2)]) }
  const header = encodeCbor(map([1, 24]))
  const nonce = NONCE.with(10, 7 ^ 1).with(11, 7 ^ 2)
  return [
    { kind: 'Mac0', content, bytes: ok(createCoseMac0(mac, 5, content, options)) },
    { kind: 'Mac0', content, bytes: ok(createCoseMac0(aesMac, 25, content, options)) },
    { kind: 'Encrypt0', content, bytes: ok(sealCoseEncrypt0(seal, 3, NONCE, content, options)).bytes },
    {
      kind: 'Encrypt0',
      content,
      bytes: tagged(16, [
        header,
        map([4, utf8('partial')], ...partially.unprotected),
        chacha(partial, nonce, encStructure('Encrypt0', header, EXTERNAL), content),
      ]),
    },
  ]
}

function chacha({ material }: CoseKey, nonce: Uint8Array, additional: Uint8Array, content: Uint8Array) {
  const key = material.type === 'Symmetric' ? material.k : NOTHING
  return nobleCipher.seal({ algorithm: 'ChaCha20-Poly1305', key, nonce, additional }, content)
}

// ------------------------------------------------------------------------------- under a key that is sent

type Sent = readonly [key: Uint8Array, recipient: CborValue]

function sentObjects(): readonly HonestObject[] {
  const key = secretOf('content')
  return [
    [coseKeys.shared.material.k, [NOTHING, map([1, -6], [4, utf8('shared')]), NOTHING]] as Sent,
    derived(-10, 3),
    derived(-10, 5),
    agreed(3),
    agreed(5),
    [key, [NOTHING, map([1, -3], [4, utf8('wrapping')]), wrap(coseKeys.wrapping.material.k, key)]] as Sent,
    wrappedTwice(key),
    derivedByMac(),
  ].flatMap((sent, index) => {
    const content = utf8(`sent in way ${index}`)
    const [mac, encrypt] = [macFor(sent, content), encryptFor(sent, content)]
    if (index === 1 || index === 3) return [encrypt]
    return index === 2 || index === 4 || index === 7 ? [mac] : [mac, encrypt]
  })
}

function macFor([key, recipient]: Sent, content: Uint8Array): HonestObject {
  const header = encodeCbor(map([1, 5]))
  const tag = createHmac('sha256', key)
    .update(macStructure('MAC', header, EXTERNAL, content))
    .digest()
  return { kind: 'Mac', content, bytes: tagged(97, [header, map(), content, plain(tag), [recipient]]) }
}

function encryptFor([key, recipient]: Sent, content: Uint8Array): HonestObject {
  const header = encodeCbor(map([1, 3]))
  const additional = encStructure('Encrypt', header, EXTERNAL)
  const sealed = nobleCipher.seal({ algorithm: 'AES-256-GCM', key, nonce: NONCE, additional }, content)
  return { kind: 'Encrypt', content, bytes: tagged(96, [header, map([5, NONCE]), sealed, [recipient]]) }
}

/** HKDF over a secret both have, for the algorithm of the content. */
function derived(algorithm: number, content: number): Sent {
  const header = encodeCbor(map([1, algorithm], [-21, utf8('sender')]))
  const nobody = [null, null, null]
  const context = encodeCbor([content, [utf8('sender'), null, null], nobody, [256, header]])
  const key = nobleCipher.deriveKey(coseKeys.shared.material.k, utf8('salt'), context, 32)
  return [key, [header, map([-20, utf8('salt')], [4, utf8('shared')]), NOTHING]]
}

/** The first step of HKDF left out, and AES-CBC-MAC in the second: two blocks, for a key of 32 bytes. */
function derivedByMac(): Sent {
  const header = encodeCbor(map([1, -13], [-21, utf8('sender')]))
  const nobody = [null, null, null]
  const context = encodeCbor([5, [utf8('sender'), null, null], nobody, [256, header]])
  const first = cbcMac(coseKeys.shared.material.k, context, Uint8Array.of(1))
  const second = cbcMac(coseKeys.shared.material.k, first, context, Uint8Array.of(2))
  const key = new Uint8Array([...first, ...second])
  return [key, [header, map([4, utf8('shared')]), NOTHING]]
}

function cbcMac(key: Uint8Array, ...message: readonly Uint8Array[]): Uint8Array {
  const bytes = Buffer.concat(message)
  const padded = Buffer.concat([bytes, new Uint8Array((16 - (bytes.length % 16)) % 16)])
  const cipher = createCipheriv('aes-256-cbc', key, new Uint8Array(16)).setAutoPadding(false)
  return plain(cipher.update(padded).subarray(-16))
}

/** Diffie-Hellman of a one-time key with the key of the recipient. */
function agreed(content: number): Sent {
  const { x25519 } = coseKeys
  const secret = secretOf('one time')
  const own = x25519.material.type === 'OKP' ? x25519.material.x : NOTHING
  const peer = nobleAgreement.publicKey('X25519', secret).bytes
  const shared = nobleAgreement.decapsulate('X25519', secret, own) ?? NOTHING
  const header = encodeCbor(map([1, -25]))
  const nobody = [null, null, null]
  const context = encodeCbor([content, nobody, nobody, [256, header]])
  const sent = map([-1, map([1, 1], [-1, 4], [-2, peer])], [4, utf8('x25519')])
  return [nobleCipher.deriveKey(shared, NOTHING, context, 32), [header, sent, NOTHING]]
}

/** The key wrapped by a key that is wrapped by the key of the recipient. */
function wrappedTwice(key: Uint8Array): Sent {
  const between = secretOf('between').slice(0, 16)
  const inner = [NOTHING, map([1, -3], [4, utf8('wrapping')]), wrap(coseKeys.wrapping.material.k, between)]
  return [key, [NOTHING, map([1, -3]), wrap(between, key), [inner]]]
}

function wrap(wrapping: Uint8Array, key: Uint8Array): Uint8Array {
  return plain(createCipheriv('aes128-wrap', wrapping, new Uint8Array(8).fill(0xa6)).update(key))
}

function signerOf(key: CoseKey, algorithm: number): CoseSigner {
  return ok(coseSigner(crypto, key, algorithm))
}

function tagged(tag: number, parts: CborValue[]): Uint8Array {
  return encodeCbor(new CborTagged(tag, parts))
}

function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes)
}

function ok<T>(made: Result<T>): T {
  if (made.refused !== undefined) throw new Error(`an honest object: ${made.refused.detail}`)
  return made.ok
}
