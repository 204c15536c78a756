/** Tags and sealed content of anyone: by a key both know, or one that is sent to recipients. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { aeskw, gcm } from '@noble/ciphers/aes.js'
import { x25519 } from '@noble/curves/ed25519.js'
import {
  CborTagged,
  decodeCbor,
  encodeCbor,
  FOREIGN_PROFILE,
  nobleCipher,
} from '../../../promisebase/index.ts'
import {
  openCoseEncrypt,
  openCoseEncrypt0,
  readCoseEncrypt,
  readCoseEncrypt0,
  sealCoseEncrypt0,
} from '../../cose/encrypt.ts'
import { COSE_LIMITS } from '../../cose/limits.ts'
import { createCoseMac0, readCoseMac, readCoseMac0, verifyCoseMac, verifyCoseMac0 } from '../../cose/mac.ts'
import { macTag } from '../../cose/mac-algorithms.ts'
import { encStructure, macStructure } from '../../cose/structures.ts'
import { bytes, ed25519Key, flip, refusedWith, symmetricKey, utf8 } from './keys.ts'
import type { CborInput, CborMap, CborValue } from '../../../promisebase/index.ts'
import type { CoseKey } from '../../cose/key.ts'
import type { RecipientKey } from '../../cose/content-key.ts'
import type { CoseReading } from '../../cose/item.ts'
import type { RefusalCode, Result } from '../../errors.ts'

const content = utf8('what is sealed')
const NOTHING = new Uint8Array(0)
const shared = symmetricKey('shared')
const mallory = symmetricKey('mallory')
const map = (...entries: [CborValue, CborValue][]): CborMap => new Map(entries)
const tagged = (tag: number, parts: CborInput): Uint8Array => encodeCbor(new CborTagged(tag, parts))
const unnamed = ({ kid: _kid, ...key }: CoseKey): CoseKey => key

function parts(object: Uint8Array): CborValue[] {
  const { ok } = decodeCbor(object, FOREIGN_PROFILE)
  assert.ok(ok instanceof CborTagged && Array.isArray(ok.value))
  return ok.value
}

describe('a COSE_Mac0', () => {
  const mac = (key = shared, algorithm = 5): Uint8Array => {
    const made = createCoseMac0(key, algorithm, content)
    assert.ok(made.ok, made.refused?.detail)
    return made.ok
  }
  const verify = (object: Uint8Array, key = shared): Result<Uint8Array> => {
    const read = readCoseMac0(object)
    return read.refused === undefined ? verifyCoseMac0(read.ok, key) : read
  }

  test('gives its payload to whoever has the key, under each algorithm', () => {
    const keys: [number, CoseKey][] = [4, 5, 6, 7, 15, 26].map((algorithm) => [algorithm, shared])
    for (const [algorithm, key] of [
      ...keys,
      [14, symmetricKey('short', 16)],
      [25, symmetricKey('short', 16)],
    ] as const) {
      const object = mac(key, algorithm)
      assert.deepEqual(verify(object, key).ok, content, String(algorithm))
      refusedWith(verify(flip(object, -1), key), 'SIG')
      refusedWith(
        verify(object, {
          ...unnamed(mallory),
          material: { type: 'Symmetric', k: bytes(key === shared ? 32 : 16) },
        }),
        'SIG',
      )
    }
  })

  test('is refused with another key, kind of key, use or algorithm', () => {
    refusedWith(verify(mac(), mallory), 'KEY')
    // The public key of a signer is known to all: it must never make a tag.
    const alice = ed25519Key('alice')
    refusedWith(verify(mac(), unnamed(alice)), 'KEY')
    refusedWith(createCoseMac0(alice, 5, content), 'KEY')
    refusedWith(verify(mac(), { ...shared, algorithm: 4 }), 'KEY')
    refusedWith(verify(mac(), { ...shared, operations: [9] }), 'KEY')
    refusedWith(createCoseMac0(shared, -19, content), 'ALG')
    refusedWith(createCoseMac0(shared, 14, content), 'KEY')
    const [, , payload, tag] = parts(mac()) as CborInput[]
    refusedWith(
      verify(tagged(17, [encodeCbor(map([1, 'HS256'])), map(), payload as CborInput, tag as CborInput])),
      'ALG',
    )
    refusedWith(verify(tagged(17, [NOTHING, map([1, 5]), payload as CborInput, tag as CborInput])), 'ALG')
    refusedWith(verify(tagged(17, [encodeCbor(map([1, 5])), map(), payload as CborInput, null])), 'SHAPE')
  })

  test('is not cut short: a tag is as long as its algorithm says', () => {
    const [header, unprotected, payload, tag] = parts(mac()) as CborInput[]
    for (const length of [0, 8, 31])
      refusedWith(
        verify(
          tagged(17, [header, unprotected, payload, (tag as Uint8Array).subarray(0, length)] as CborInput),
        ),
        'SIG',
      )
  })
})

describe('a COSE_Encrypt0', () => {
  const seal = (algorithm: number, key: CoseKey, nonce = bytes(12)): Uint8Array => {
    const sealed = sealCoseEncrypt0(key, algorithm, nonce, content, { externalAad: utf8('for bob') })
    assert.ok(sealed.ok, sealed.refused?.detail)
    return sealed.ok.bytes
  }
  const open = (
    object: Uint8Array,
    key: CoseKey,
    externalAad = utf8('for bob'),
    reading: CoseReading = {},
  ): Result<Uint8Array> => {
    const read = readCoseEncrypt0(object, reading)
    return read.refused === undefined ? openCoseEncrypt0(read.ok, key, { externalAad }) : read
  }

  test('opens with its key, under each algorithm, and not when a bit of it was changed', () => {
    const cases: [number, CoseKey][] = [
      [1, symmetricKey('short', 16)],
      [2, symmetricKey('middle', 24)],
      [3, shared],
      [24, shared],
    ]
    for (const [algorithm, key] of cases) {
      const object = seal(algorithm, key)
      assert.deepEqual(open(object, key).ok, content)
      for (const at of [-1, -16, -17]) refusedWith(open(flip(object, at), key), 'SIG')
      refusedWith(open(object, key, NOTHING), 'SIG')
    }
  })

  test('is refused with another key, kind of key, use or size', () => {
    const object = seal(3, shared)
    refusedWith(open(object, mallory), 'KEY')
    refusedWith(open(object, unnamed(mallory)), 'SIG')
    refusedWith(open(object, unnamed(symmetricKey('short', 16))), 'KEY')
    refusedWith(open(object, unnamed(ed25519Key('alice'))), 'KEY')
    refusedWith(open(object, { ...shared, algorithm: 24 }), 'KEY')
    refusedWith(open(object, { ...shared, operations: [3] }), 'KEY')
    refusedWith(sealCoseEncrypt0(shared, 3, bytes(11), content), 'SHAPE')
    refusedWith(sealCoseEncrypt0(shared, 99, bytes(12), content), 'ALG')
    refusedWith(sealCoseEncrypt0(symmetricKey('short', 16), 10, bytes(13), content), 'ALG')
  })

  test('is completed by the Base IV of the key, or says that it needs one', () => {
    const nonce = Uint8Array.of(...bytes(10), 1 ^ 0x61, 1 ^ 0xa7)
    const [header, , ciphertext] = parts(seal(3, shared, nonce)) as CborInput[]
    const partial = tagged(16, [header, map([6, Uint8Array.of(0x61, 0xa7)]), ciphertext] as CborInput)
    assert.deepEqual(open(partial, { ...shared, baseIv: bytes(12) }).ok, content)
    refusedWith(open(partial, shared), 'KEY')
    refusedWith(open(partial, { ...shared, baseIv: bytes(13) }), 'SHAPE')
    refusedWith(open(partial, { ...shared, baseIv: bytes(12, 2) }), 'SIG')
    refusedWith(open(tagged(16, [header, map(), ciphertext] as CborInput), shared), 'SHAPE')
    refusedWith(open(tagged(16, [header, map([5, bytes(7)]), ciphertext] as CborInput), shared), 'SHAPE')
  })

  test('may come without its ciphertext', () => {
    const sealed = sealCoseEncrypt0(shared, 3, bytes(12), content, { detached: true }).ok
    const read = readCoseEncrypt0(sealed?.bytes ?? NOTHING).ok
    assert.ok(sealed && read)
    assert.deepEqual(openCoseEncrypt0(read, shared, { detached: sealed.ciphertext }).ok, content)
    refusedWith(openCoseEncrypt0(read, shared), 'SHAPE')
    refusedWith(openCoseEncrypt0(read, shared, { detached: flip(sealed.ciphertext, 0) }), 'SIG')
  })
})

describe('a COSE_Encrypt', () => {
  const header = encodeCbor(map([1, 1]))
  const key = bytes(16, 7)
  const nonce = bytes(12)
  const ciphertext = gcm(key, nonce, encStructure('Encrypt', header)).encrypt(content)
  const encrypted = (...recipients: CborInput[]): Uint8Array =>
    tagged(96, [header, map([5, nonce]), ciphertext, recipients])
  const open = (object: Uint8Array, own: RecipientKey): Result<Uint8Array> => {
    const read = readCoseEncrypt(object)
    return read.refused === undefined ? openCoseEncrypt(read.ok, own) : read
  }
  const wrapped = (by: CoseKey): CborInput => {
    assert.ok(by.material.type === 'Symmetric')
    return [NOTHING, map([1, -5], [4, by.kid as Uint8Array]), aeskw(by.material.k).encrypt(key)]
  }
  const direct: CborInput = [NOTHING, map([1, -6], [4, utf8('direct')]), NOTHING]
  const directKey: CoseKey = { kid: utf8('direct'), material: { type: 'Symmetric', k: key } }

  test('opens for each of its recipients', () => {
    const object = encrypted(wrapped(shared), wrapped(mallory))
    assert.deepEqual(open(object, { key: shared }).ok, content)
    assert.deepEqual(open(object, { key: mallory }).ok, content)
    refusedWith(open(object, { key: symmetricKey('somebody') }), 'KEY')
    refusedWith(open(object, { key: unnamed(symmetricKey('somebody')) }), 'SIG')
    refusedWith(open(object, { key: { ...shared, operations: [3] } }), 'KEY')
    refusedWith(open(object, { key: ed25519Key('shared') }), 'KEY')
    assert.deepEqual(open(encrypted(direct), { key: directKey }).ok, content)
    refusedWith(open(encrypted(direct), { key: { ...directKey, algorithm: 3 } }), 'KEY')
  })

  test('opens by X25519 for the key it was agreed on with, and no other', () => {
    const [mine, theirs] = [bytes(32, 5), bytes(32, 9)]
    const own: CoseKey = { material: { type: 'OKP', curve: 'X25519', x: x25519.getPublicKey(mine), d: mine } }
    const recipient = encodeCbor(map([1, -31]))
    const context = encodeCbor([-5, [null, null, null], [null, null, null], [256, recipient]])
    const secret = x25519.getSharedSecret(theirs, x25519.getPublicKey(mine))
    const wrapping = nobleCipher.deriveKey(secret, NOTHING, context, 32)
    const oneTime = map([1, 1], [-1, 4], [-2, x25519.getPublicKey(theirs)])
    const sent = (epk: CborValue, label = -1): CborInput => [
      recipient,
      map([label, epk]),
      aeskw(wrapping).encrypt(key),
    ]
    assert.deepEqual(open(encrypted(sent(oneTime)), { key: own }).ok, content)
    const other: CoseKey = {
      material: { type: 'OKP', curve: 'X25519', x: x25519.getPublicKey(theirs), d: theirs },
    }
    refusedWith(open(encrypted(sent(oneTime)), { key: other }), 'SIG')
    refusedWith(open(encrypted(sent(map([1, 1], [-1, 4], [-2, bytes(32, 0)]))), { key: own }), 'KEY')
    refusedWith(open(encrypted(sent(map([1, 1], [-1, 6], [-2, bytes(32)]))), { key: own }), 'KEY')
    refusedWith(open(encrypted(sent('none')), { key: own }), 'KEY')
    refusedWith(open(encrypted(sent(utf8('alice'), -3)), { key: own }), 'KEY')
    refusedWith(open(encrypted(sent(oneTime)), { key: own, context: { publicOther: utf8('other') } }), 'SIG')
  })

  test('is read by a key it is sealed under directly only where key_ops allow reading, not checking tags', () => {
    const own = (...operations: number[]): RecipientKey => ({ key: { ...directKey, operations } })
    assert.deepEqual(open(encrypted(direct), own(4)).ok, content)
    refusedWith(open(encrypted(direct), own(10)), 'KEY')
    const body = encodeCbor(map([1, 5]))
    const tag = macTag(5, key, macStructure('MAC', body, NOTHING, content)).ok
    assert.ok(tag)
    const mac = readCoseMac(tagged(97, [body, map(), content, tag, [direct]])).ok
    assert.ok(mac)
    assert.deepEqual(verifyCoseMac(mac, own(10)).ok, content)
    refusedWith(verifyCoseMac(mac, own(4)), 'KEY')
  })

  test('says who has sent it by a static key alone, and that is the one the reader expects', () => {
    const agreed = (name: string): CoseKey => {
      const d = bytes(32, name.length)
      return { kid: utf8(name), material: { type: 'OKP', curve: 'X25519', x: x25519.getPublicKey(d), d } }
    }
    const publicOf = ({ material }: CoseKey): CborMap => {
      assert.ok(material.type === 'OKP')
      return map([1, 1], [-1, 4], [-2, material.x])
    }
    const [own, alice, stranger] = [agreed('me'), agreed('alice'), agreed('a stranger')]
    const sent = (by: CoseKey, algorithm: number, named: [CborValue, CborValue][]): Uint8Array => {
      assert.ok(by.material.type === 'OKP' && by.material.d && own.material.type === 'OKP')
      const recipient = encodeCbor(map([1, algorithm]))
      const context = encodeCbor([-5, [null, null, null], [null, null, null], [256, recipient]])
      const secret = x25519.getSharedSecret(by.material.d, own.material.x)
      const wrapping = nobleCipher.deriveKey(secret, NOTHING, context, 32)
      return encrypted([recipient, map(...named), aeskw(wrapping).encrypt(key)])
    }
    const held = (by: CoseKey, algorithm = -34, label = -2): Uint8Array =>
      sent(by, algorithm, [[label, publicOf(by)]])
    const expected = { key: own, sender: alice }
    assert.deepEqual(open(held(alice), expected).ok, content)
    assert.deepEqual(open(held(stranger), { key: own }).ok, content)
    assert.deepEqual(open(sent(alice, -34, [[-3, utf8('alice')]]), expected).ok, content)
    refusedWith(open(held(stranger), expected), 'KEY')
    refusedWith(open(held(stranger, -34, -1), expected), 'KEY')
    refusedWith(open(held(alice, -31, -2), { key: own }), 'KEY')
    const both: [CborValue, CborValue][] = [
      [-2, publicOf(alice)],
      [-3, utf8('alice')],
    ]
    refusedWith(open(sent(alice, -34, both), expected), 'SHAPE')
  })

  test('is refused for what RFC 9053 does not allow a recipient', () => {
    const wrong: [CborInput[], RefusalCode][] = [
      [[direct, wrapped(shared)], 'SHAPE'],
      [[direct, direct], 'SHAPE'],
      [[[encodeCbor(map([1, -6])), map([4, utf8('direct')]), NOTHING]], 'SHAPE'],
      [[[NOTHING, map([1, -6], [4, utf8('direct')]), bytes(16)]], 'SHAPE'],
      [[[NOTHING, map([1, -6]), NOTHING, [direct]]], 'SHAPE'],
      [[[NOTHING, map([1, -99]), NOTHING]], 'ALG'],
      [[[NOTHING, map(), NOTHING]], 'ALG'],
      [[[NOTHING, map([1, -5]), 'text']], 'SHAPE'],
      [[[NOTHING, map([1, -5])]], 'SHAPE'],
      [[[NOTHING, map([1, -5]), bytes(COSE_LIMITS.wrappedKeyBytes + 8)]], 'LIMIT'],
      [[], 'SHAPE'],
      [Array.from({ length: COSE_LIMITS.recipients + 1 }, () => wrapped(shared)), 'LIMIT'],
      [
        [
          [
            NOTHING,
            map([1, -5]),
            bytes(24),
            Array.from({ length: COSE_LIMITS.recipients }, () => wrapped(shared)),
          ],
        ],
        'LIMIT',
      ],
      [[[NOTHING, map([1, -5]), NOTHING, [[NOTHING, map([1, -5]), NOTHING, [wrapped(shared)]]]]], 'LIMIT'],
    ]
    for (const [recipients, code] of wrong)
      refusedWith(open(encrypted(...recipients), { key: directKey }), code)
  })

  test('is no COSE_Encrypt0, nor the other way round', () => {
    refusedWith(readCoseEncrypt0(encrypted(direct)), 'SHAPE')
    refusedWith(readCoseEncrypt(tagged(16, [header, map([5, nonce]), ciphertext])), 'SHAPE')
    const moved = readCoseEncrypt0(tagged(16, [header, map([5, nonce]), ciphertext])).ok
    assert.ok(moved)
    refusedWith(openCoseEncrypt0(moved, directKey), 'SIG')
  })
})

describe('a COSE_Mac', () => {
  test('is verified with the key sent to a recipient', () => {
    const header = encodeCbor(map([1, 5]))
    const tag = macTag(5, bytes(32, 7), macStructure('MAC', header, NOTHING, content)).ok
    assert.ok(tag && shared.material.type === 'Symmetric')
    const wrapped = aeskw(shared.material.k).encrypt(bytes(32, 7))
    const recipient = [NOTHING, map([1, -5], [4, utf8('shared')]), wrapped]
    const verify = (object: Uint8Array, key: CoseKey): Result<Uint8Array> => {
      const read = readCoseMac(object)
      return read.refused === undefined ? verifyCoseMac(read.ok, { key }) : read
    }
    const object = tagged(97, [header, map(), content, tag, [recipient]])
    assert.deepEqual(verify(object, shared).ok, content)
    refusedWith(verify(tagged(97, [header, map(), content, flip(tag, 0), [recipient]]), shared), 'SIG')
    refusedWith(verify(tagged(97, [header, map(), utf8('other'), tag, [recipient]]), shared), 'SIG')
    refusedWith(verify(object, mallory), 'KEY')
    refusedWith(
      verify(
        tagged(97, [header, map(), content, tag, [recipient, recipient, [NOTHING, map([1, -6]), NOTHING]]]),
        shared,
      ),
      'SHAPE',
    )
    refusedWith(verify(tagged(97, [header, map(), content, tag]), shared), 'SHAPE')
  })

  test('whose party is named at length is refused like any other: the context of its key holds the name twice', () => {
    const party = encodeCbor(map([1, -13], [-21, bytes(COSE_LIMITS.objectBytes - 200)]))
    const recipients = [[party, map([4, utf8('shared')]), NOTHING]]
    const read = readCoseMac(tagged(97, [encodeCbor(map([1, 7])), map(), content, bytes(64), recipients]))
    assert.ok(read.ok, read.refused?.detail)
    refusedWith(verifyCoseMac(read.ok, { key: shared }), 'SIG')
  })
})
