/** COSE_Sign1 and COSE_Sign of anyone: what is signed, by which key, under which algorithm, and what is refused. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { CborTagged, decodeCbor, encodeCbor, FOREIGN_PROFILE } from '../../../promisebase/index.ts'
import { COSE_LIMITS } from '../../cose/limits.ts'
import { readCoseSign, signCoseSign, verifyCoseSign } from '../../cose/sign.ts'
import { readCoseSign1, signCoseSign1, verifyCoseSign1 } from '../../cose/sign1.ts'
import { coseSigner } from '../../cose/signer.ts'
import {
  bytes,
  crypto,
  ed25519Key,
  ed448Key,
  flip,
  mlDsaKey,
  p256Key,
  p384Key,
  symmetricKey,
  utf8,
  refusedWith,
} from './keys.ts'
import type { CborInput, CborValue } from '../../../promisebase/index.ts'
import type { CoseKey } from '../../cose/key.ts'
import type { CoseReading } from '../../cose/item.ts'
import type { CoseBinding, SigningOptions } from '../../cose/sign1.ts'
import type { CoseSigner } from '../../cose/signer.ts'
import type { RefusalCode, Result } from '../../errors.ts'

const alice = ed25519Key('alice')
const mallory = ed25519Key('mallory')
const payload = utf8('what is signed')
const ALG = { EdDSA: -8, Ed25519: -19, ES256: -7, ESP256: -9, ES512: -36 } as const

function signer(key: CoseKey, algorithm?: number): CoseSigner {
  const made = coseSigner(crypto, key, algorithm)
  assert.ok(made.ok, made.refused?.detail)
  return made.ok
}

function sign1(key = alice, algorithm: number = ALG.Ed25519, options: SigningOptions = {}): Uint8Array {
  return signCoseSign1(signer(key, algorithm), payload, options)
}

function verify1(
  object: Uint8Array,
  key = alice,
  binding: CoseBinding = {},
  reading: CoseReading = {},
): Result<Uint8Array> {
  const read = readCoseSign1(object, reading)
  return read.refused === undefined ? verifyCoseSign1(crypto, read.ok, key, binding) : read
}

/** The four parts of a COSE_Sign1, some of them replaced. */
function rebuilt(change: (parts: CborValue[]) => CborInput, object = sign1()): Uint8Array {
  const { ok } = decodeCbor(object, FOREIGN_PROFILE)
  assert.ok(ok instanceof CborTagged && Array.isArray(ok.value))
  return encodeCbor(change(ok.value))
}

const tagged = (parts: CborInput, tag = 18): CborTagged => new CborTagged(tag, parts)
const headerOf = (...entries: [CborValue, CborValue][]): Uint8Array => encodeCbor(new Map(entries))

describe('a COSE_Sign1', () => {
  test('gives its payload to whoever has the key, under each algorithm', () => {
    const cases: [CoseKey, number][] = [
      [alice, ALG.Ed25519],
      [alice, ALG.EdDSA],
      [p256Key('bob'), ALG.ES256],
      [p256Key('bob'), ALG.ESP256],
      [p256Key('bob'), ALG.ES512],
      [p384Key('bob'), -35],
      [p384Key('bob'), -51],
      [ed448Key('bob'), ALG.EdDSA],
      [ed448Key('bob'), -53],
      [mlDsaKey('bob', 'ML-DSA-44', -48), -48],
      [mlDsaKey('bob', 'ML-DSA-65', -49), -49],
      [mlDsaKey('bob', 'ML-DSA-87', -50), -50],
    ]
    for (const [key, algorithm] of cases) {
      const object = sign1(key, algorithm)
      assert.deepEqual(verify1(object, key).ok, payload, String(algorithm))
      for (const at of [-1, object.length >> 1])
        assert.notEqual(verify1(flip(object, at), key).refused, undefined, String(algorithm))
    }
  })

  test('binds what is not sent, and says when it was not given', () => {
    const bound = sign1(alice, ALG.Ed25519, { externalAad: utf8('for bob') })
    assert.deepEqual(verify1(bound, alice, { externalAad: utf8('for bob') }).ok, payload)
    refusedWith(verify1(bound), 'SIG')
    refusedWith(verify1(bound, alice, { externalAad: utf8('for mallory') }), 'SIG')
    const apart = sign1(alice, ALG.Ed25519, { detached: true })
    assert.deepEqual(verify1(apart, alice, { detached: payload }).ok, payload)
    refusedWith(verify1(apart), 'SHAPE')
    refusedWith(verify1(apart, alice, { detached: utf8('other') }), 'SIG')
    refusedWith(verify1(sign1(), alice, { detached: payload }), 'SHAPE')
    refusedWith(verify1(apart, alice, { detached: bytes(COSE_LIMITS.detachedBytes + 1) }), 'LIMIT')
  })

  test('is read with its tag or without, as the caller says', () => {
    const untagged = rebuilt((parts) => parts)
    assert.ok(verify1(untagged).ok)
    assert.ok(verify1(untagged, alice, {}, { tag: 'absent' }).ok)
    refusedWith(verify1(untagged, alice, {}, { tag: 'required' }), 'SHAPE')
    refusedWith(verify1(sign1(), alice, {}, { tag: 'absent' }), 'SHAPE')
    for (const tag of [17, 98, 96, 61, 998])
      refusedWith(verify1(rebuilt((parts) => tagged(parts, tag))), 'SHAPE')
  })

  test('is refused when its parts are not those of one', () => {
    const [header, unprotected] = [headerOf([1, -19]), new Map()]
    const signature = bytes(64)
    const wrong: [CborInput, RefusalCode][] = [
      [[header, unprotected, payload], 'SHAPE'],
      [[header, unprotected, payload, signature, signature], 'SHAPE'],
      [[new Map([[1, -19]]), unprotected, payload, signature], 'SHAPE'],
      [[header, header, payload, signature], 'SHAPE'],
      [[header, unprotected, 'text', signature], 'SHAPE'],
      [[header, unprotected, payload, null], 'SHAPE'],
      [[encodeCbor([1]), unprotected, payload, signature], 'SHAPE'],
      [[Uint8Array.of(0xa1), unprotected, payload, signature], 'DECODE'],
      [[headerOf([1.5, 1], [1, -19]), unprotected, payload, signature], 'SHAPE'],
      [[headerOf([1, -19], [4, 'text']), unprotected, payload, signature], 'SHAPE'],
      [[headerOf([1, -19], [5, bytes(12)], [6, bytes(2)]), unprotected, payload, signature], 'SHAPE'],
      ['text', 'SHAPE'],
    ]
    for (const [value, code] of wrong) refusedWith(readCoseSign1(encodeCbor(value), {}), code)
    refusedWith(readCoseSign1(bytes(COSE_LIMITS.objectBytes + 1)), 'LIMIT')
    refusedWith(readCoseSign1(sign1().subarray(0, -1)), 'DECODE')
    refusedWith(readCoseSign1(Uint8Array.of(...sign1(), 0)), 'DECODE')
  })

  test('is refused when the algorithm is missing, a name, unknown, of another key or not protected', () => {
    const withHeader = (header: Uint8Array, unprotected: CborValue = new Map()): Uint8Array =>
      rebuilt(([, , content, signature]) => [header, unprotected, content, signature] as CborInput)
    const kinds: [Uint8Array, RefusalCode][] = [
      [withHeader(headerOf([4, alice.kid as Uint8Array])), 'ALG'],
      [withHeader(headerOf([1, 'none'])), 'ALG'],
      [withHeader(headerOf([1, 0])), 'ALG'],
      [withHeader(headerOf([1, -65535])), 'ALG'],
      [withHeader(headerOf([1, 5])), 'ALG'],
      [withHeader(headerOf([1, ALG.ES256])), 'KEY'],
      [withHeader(headerOf([1, -37])), 'KEY'],
      [withHeader(headerOf([1, -48])), 'KEY'],
      [withHeader(new Uint8Array(0), new Map([[1, -19]])), 'ALG'],
    ]
    for (const [object, code] of kinds) refusedWith(verify1(object), code)
    refusedWith(verify1(sign1(), { ...alice, algorithm: ALG.EdDSA }), 'KEY')
    refusedWith(verify1(sign1(), { ...alice, operations: [1] }), 'KEY')
    assert.ok(verify1(sign1(), { ...alice, operations: [2] }).ok)
    refusedWith(verify1(sign1(), symmetricKey('alice')), 'KEY')
  })

  test('names its key by kid, which must be the one it is verified with', () => {
    refusedWith(verify1(sign1(), mallory), 'KEY')
    const { kid: _kid, ...unnamed } = mallory
    refusedWith(verify1(sign1(), unnamed), 'SIG')
    assert.ok(verify1(sign1(unnamed), unnamed).ok)
  })

  test('takes either half of s from others, and no other length or form of a signature', () => {
    const bob = p256Key('bob')
    const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
    const withSignature = (change: (signature: Uint8Array) => Uint8Array): Uint8Array =>
      rebuilt(
        ([header, unprotected, content, signature]) =>
          [header, unprotected, content, change(signature as Uint8Array)] as CborInput,
        sign1(bob, ALG.ES256),
      )
    const high = (signature: Uint8Array): Uint8Array => {
      const s = BigInt(`0x${Buffer.from(signature.subarray(32)).toString('hex')}`)
      const other = (order - s).toString(16).padStart(64, '0')
      return Uint8Array.of(...signature.subarray(0, 32), ...Buffer.from(other, 'hex'))
    }
    assert.ok(verify1(withSignature(high), bob).ok)
    for (const change of [
      (signature: Uint8Array) => signature.subarray(0, 63),
      (signature: Uint8Array) => Uint8Array.of(...signature, 0),
      () => new Uint8Array(0),
      () => new Uint8Array(64),
      (signature: Uint8Array) =>
        Uint8Array.of(0x30, 0x44, 2, 0x20, ...signature.subarray(0, 32), 2, 0x20, ...signature.subarray(32)),
    ])
      refusedWith(verify1(withSignature(change), bob), 'SIG')
  })
})

describe('the header of a layer', () => {
  const sealed = (header: Uint8Array, unprotected: CborValue = new Map()): Uint8Array =>
    encodeCbor(tagged([header, unprotected as CborInput, payload, bytes(64)]))

  test('is refused when crit names what is not understood, not there or not protected', () => {
    const wrong: [Uint8Array, CborValue?][] = [
      [headerOf([1, -19], [2, [99]], [99, true])],
      [headerOf([1, -19], [2, []])],
      [headerOf([1, -19], [2, 4])],
      [headerOf([1, -19], [2, [4]])],
      [headerOf([1, -19], [2, [[4]]])],
      [headerOf([1, -19], [2, [33]], [33, bytes(8)])],
      [headerOf([1, -19], [2, [11]], [11, bytes(8)])],
      [
        headerOf([1, -19]),
        new Map<CborValue, CborValue>([
          [2, [4]],
          [4, bytes(2)],
        ]),
      ],
    ]
    for (const [header, unprotected] of wrong)
      for (const rules of ['strict', 'foreign'] as const)
        refusedWith(readCoseSign1(sealed(header, unprotected), { rules }), 'CRIT')
    assert.ok(readCoseSign1(sealed(headerOf([1, -19], [2, [4]], [4, bytes(2)]))).ok)
    const critical = sealed(headerOf([1, -19], [2, [99]], [99, true]))
    assert.ok(readCoseSign1(critical, { understood: new Set([99]) }).ok)
  })

  test('carries certificates and countersignatures and does not look into them', () => {
    const opaque = new Map<CborValue, CborValue>([
      [7, 'anything'],
      [9, bytes(3)],
      [11, [1, 2]],
      [12, null],
      [33, [bytes(4), 'no certificate']],
    ])
    const read = readCoseSign1(sealed(headerOf([1, -19]), opaque))
    assert.deepEqual(read.ok?.headers.unprotected, opaque)
  })

  test('holds a label twice in no bucket, and in both only for foreign readers, who take the protected one', () => {
    const both = sealed(headerOf([1, -19], [4, utf8('alice')]), new Map([[4, utf8('mallory')]]))
    refusedWith(readCoseSign1(both), 'SHAPE')
    assert.deepEqual(readCoseSign1(both, { rules: 'foreign' }).ok?.headers.kid, utf8('alice'))
    const twice = Uint8Array.of(0xa2, 0x01, 0x32, 0x01, 0x26)
    for (const rules of ['strict', 'foreign'] as const)
      refusedWith(readCoseSign1(sealed(twice), { rules }), 'DECODE')
  })

  test('without entries is no bytes; foreign writers may send an empty map, and no bytes are signed', () => {
    const empty = (header: Uint8Array): Uint8Array => sealed(header, new Map([[1, -19]]))
    refusedWith(readCoseSign1(empty(Uint8Array.of(0xa0))), 'CANON')
    const read = readCoseSign1(empty(Uint8Array.of(0xa0)), { rules: 'foreign' })
    assert.deepEqual(read.ok?.headers.protectedBytes, new Uint8Array(0))
    refusedWith(readCoseSign1(empty(new Uint8Array(0))), 'ALG')
    assert.equal(readCoseSign1(empty(new Uint8Array(0)), { rules: 'foreign' }).ok?.algorithm, -19)
  })

  test('in another encoding is read from foreign writers alone, and verified as it came', () => {
    const unsorted = Uint8Array.of(0xa2, 0x04, 0x42, 1, 2, 0x01, 0x32)
    refusedWith(readCoseSign1(sealed(unsorted)), 'CANON')
    assert.deepEqual(
      readCoseSign1(sealed(unsorted), { rules: 'foreign' }).ok?.headers.protectedBytes,
      unsorted,
    )
    const long = Uint8Array.of(0xd8, 18, ...rebuilt((parts) => parts))
    refusedWith(verify1(long), 'CANON')
    assert.deepEqual(verify1(long, alice, {}, { rules: 'foreign' }).ok, payload)
  })
})

describe('a COSE_Sign', () => {
  const pq = mlDsaKey('alice pq', 'ML-DSA-65', -49)
  const hybrid = [alice, pq]
  const both = signCoseSign([signer(alice, ALG.Ed25519), signer(pq)], payload)

  function verify(
    object: Uint8Array,
    keys: readonly CoseKey[],
    reading: CoseReading = {},
  ): Result<Uint8Array> {
    const read = readCoseSign(object, reading)
    return read.refused === undefined ? verifyCoseSign(crypto, read.ok, keys) : read
  }
  function resigned(change: (signatures: CborValue[]) => CborInput): Uint8Array {
    return rebuilt(
      ([header, unprotected, content, signatures]) =>
        tagged([header, unprotected, content, change(signatures as CborValue[])] as CborInput, 98),
      both,
    )
  }

  test('is signed when every key has signed, in any order', () => {
    assert.deepEqual(verify(both, hybrid).ok, payload)
    assert.deepEqual(verify(both, [pq, alice]).ok, payload)
    assert.deepEqual(verify(both, [pq]).ok, payload)
    assert.deepEqual(
      verify(
        resigned((all) => all.toReversed()),
        hybrid,
      ).ok,
      payload,
    )
  })

  test('is refused when one of the keys has not signed', () => {
    refusedWith(verify(both, [alice, mallory]), 'KEY')
    refusedWith(
      verify(
        resigned(([first]) => [first as CborInput]),
        hybrid,
      ),
      'KEY',
    )
    refusedWith(
      verify(
        resigned(([, second]) => [second as CborInput]),
        hybrid,
      ),
      'KEY',
    )
    refusedWith(verify(both, [alice, alice]), 'KEY')
    refusedWith(verify(flip(both, -1), hybrid), 'SIG')
    const { kid: _kid, ...unnamed } = mallory
    refusedWith(verify(both, [unnamed]), 'KEY')
  })

  test('has at least one signature and no more than the limit', () => {
    refusedWith(
      verify(
        resigned(() => []),
        hybrid,
      ),
      'SHAPE',
    )
    refusedWith(
      verify(
        resigned(() => null),
        hybrid,
      ),
      'SHAPE',
    )
    const many = resigned(([first]) =>
      Array.from({ length: COSE_LIMITS.signers + 1 }, () => first as CborInput),
    )
    refusedWith(verify(many, hybrid), 'LIMIT')
    const of = readCoseSign(both).ok
    assert.ok(of)
    assert.throws(() => verifyCoseSign(crypto, of, []), RangeError)
    assert.throws(() => signCoseSign([], payload), RangeError)
  })

  test('is not a COSE_Sign1, nor does a signature of one serve the other', () => {
    refusedWith(readCoseSign1(both), 'SHAPE')
    refusedWith(readCoseSign(sign1()), 'SHAPE')
    const single = readCoseSign1(sign1()).ok
    assert.ok(single)
    const moved = encodeCbor(
      tagged(
        [
          new Uint8Array(0),
          new Map(),
          payload,
          [[single.headers.protectedBytes, new Map([[4, alice.kid as Uint8Array]]), single.signature]],
        ],
        98,
      ),
    )
    refusedWith(verify(moved, [alice]), 'SIG')
  })
})

describe('a signer', () => {
  test('is refused without a secret part, for an algorithm that is none, and for a key that may not sign', () => {
    assert.ok(alice.material.type === 'OKP')
    const { d: _d, ...publicPart } = alice.material
    refusedWith(coseSigner(crypto, { material: publicPart }, ALG.Ed25519), 'KEY')
    refusedWith(coseSigner(crypto, alice), 'ALG')
    refusedWith(coseSigner(crypto, alice, 5), 'ALG')
    refusedWith(coseSigner(crypto, alice, ALG.ES256), 'KEY')
    refusedWith(coseSigner(crypto, { ...alice, operations: [2] }, ALG.Ed25519), 'KEY')
  })
})
