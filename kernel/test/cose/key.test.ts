/** COSE_Key, COSE_KeySet and thumbprints. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { p256 } from '@noble/curves/nist.js'
import { encodeCbor } from '../../../promisebase/index.ts'
import { readCoseKeySet } from '../../cose/key-set.ts'
import { coseKeyFrom, readCoseKey } from '../../cose/key.ts'
import { COSE_LIMITS } from '../../cose/limits.ts'
import { thumbprintOf } from '../../cose/thumbprint.ts'
import { coseKeyOf, thumbprint } from '../../message/cose-key.ts'
import { bytes, crypto, ed25519Key, mlDsaKey, refusedWith } from './keys.ts'
import type { CborMap, CborValue } from '../../../promisebase/index.ts'
import type { RefusalCode } from '../../errors.ts'

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'))
const map = (...entries: [CborValue, CborValue][]): CborMap => new Map(entries)
const x = hex('65eda5a12577c2bae829437fe338701a10aaa375e1bb5b5de108de439c08551d')
const y = hex('1e52ed75701163f7f9e40ddf9f341b3dc9ba860af7e0ca7ca7e9eecd0084d19c')
const ec2 = (...further: [CborValue, CborValue][]): CborMap =>
  map([1, 2], [-1, 1], [-2, x], [-3, y], ...further)

describe('a COSE_Key', () => {
  test('of each type is read, with what it may be used for', () => {
    const read = coseKeyFrom(ec2([2, bytes(3)], [3, -7], [4, [1, 2]], [5, bytes(12)], [-4, bytes(32)]))
    assert.deepEqual(read.ok?.kid, bytes(3))
    assert.equal(read.ok?.algorithm, -7)
    assert.deepEqual(read.ok?.operations, [1, 2])
    assert.deepEqual(read.ok?.baseIv, bytes(12))
    for (const key of [
      map([1, 1], [-1, 6], [-2, bytes(32)]),
      map([1, 1], [-1, 4], [-2, bytes(32)], [-4, bytes(32)]),
      map([1, 3], [-1, bytes(256)], [-2, hex('010001')]),
      map([1, 4], [-1, bytes(16)]),
      map([1, 7], [3, -48], [-1, bytes(1312)]),
    ])
      assert.ok(coseKeyFrom(key).ok)
  })

  test('with the sign of y alone is the same key', () => {
    const whole = coseKeyFrom(ec2()).ok
    const odd = (y[31] as number) % 2 === 1
    assert.deepEqual(coseKeyFrom(map([1, 2], [-1, 1], [-2, x], [-3, odd])).ok, whole)
    assert.notDeepEqual(coseKeyFrom(map([1, 2], [-1, 1], [-2, x], [-3, !odd])).ok, whole)
  })

  test('is refused when it is no key', () => {
    const wrong: [CborValue, RefusalCode][] = [
      ['text', 'KEY'],
      [map(), 'KEY'],
      [map([1, 99]), 'KEY'],
      [map([1, 'EC2'], [-1, 1], [-2, x], [-3, y]), 'KEY'],
      [map([1, 2], [-1, 9], [-2, x], [-3, y]), 'KEY'],
      [map([1, 2], [-1, 2], [-2, x], [-3, y]), 'KEY'],
      [map([1, 2], [-1, 1], [-2, x]), 'KEY'],
      [map([1, 2], [-1, 1], [-2, x.subarray(1)], [-3, y]), 'KEY'],
      [map([1, 2], [-1, 1], [-2, x], [-3, x]), 'KEY'],
      [map([1, 2], [-1, 1], [-2, bytes(32, 255)], [-3, true]), 'KEY'],
      [map([1, 1], [-1, 6], [-2, bytes(31)]), 'KEY'],
      [map([1, 1], [-1, 6], [-2, bytes(33)]), 'KEY'],
      [map([1, 1], [-1, 1], [-2, bytes(32)]), 'KEY'],
      [map([1, 1], [-1, 6], [-2, bytes(32)], [-4, bytes(31)]), 'KEY'],
      [map([1, 3], [-1, bytes(256, 0)], [-2, hex('010001')]), 'KEY'],
      [map([1, 3], [-1, bytes(256)]), 'KEY'],
      [map([1, 4], [-1, new Uint8Array(0)]), 'KEY'],
      [map([1, 7], [-1, bytes(1312)]), 'KEY'],
      [ec2([2, 'name']), 'KEY'],
      [ec2([3, 'ES256']), 'ALG'],
      [ec2([4, []]), 'KEY'],
      [ec2([4, [2, 2]]), 'KEY'],
      [ec2([4, 2]), 'KEY'],
      [ec2([5, 1]), 'KEY'],
      [ec2([-4, bytes(31)]), 'KEY'],
    ]
    for (const [key, code] of wrong) refusedWith(coseKeyFrom(key), code)
    refusedWith(readCoseKey(Uint8Array.of(0xa1, 0x01)), 'DECODE')
    const unsorted = Uint8Array.of(0xa2, 0x20, 0x41, 7, 0x01, 0x04)
    refusedWith(readCoseKey(unsorted), 'CANON')
    assert.ok(readCoseKey(unsorted, { rules: 'foreign' }).ok)
  })
})

describe('a COSE_KeySet', () => {
  test('is read key by key, and says which were left out', () => {
    const set = readCoseKeySet(encodeCbor([ec2(), map([1, 99]), map([1, 4], [-1, bytes(16)])]))
    assert.equal(set.ok?.keys.length, 2)
    assert.deepEqual(
      set.ok?.leftOut.map(({ index, refusal }) => [index, refusal.code]),
      [[1, 'KEY']],
    )
  })

  test('is refused when it is no list, has no element or too many', () => {
    for (const value of [[], map(), 'text', ec2()]) refusedWith(readCoseKeySet(encodeCbor(value)), 'SHAPE')
    const many = Array.from({ length: COSE_LIMITS.keys + 1 }, () => map([1, 4], [-1, bytes(1)]))
    refusedWith(readCoseKeySet(encodeCbor(many)), 'LIMIT')
  })
})

describe('a thumbprint', () => {
  test('is that of the example of RFC 9679', () => {
    const key = coseKeyFrom(ec2([2, bytes(36)])).ok
    assert.ok(key)
    assert.equal(
      Buffer.from(thumbprintOf(crypto, key)).toString('hex'),
      '496bd8afadf307e5b08c64b0421bf9dc01528a344a43bda88fadd1669da253ec',
    )
  })

  test('of a key of a principal is the kid of that principal', () => {
    for (const publicKey of [crypto.publicKey('Ed25519', bytes(32)), crypto.publicKey('ESP256', bytes(32))]) {
      const key = coseKeyFrom(coseKeyOf(publicKey)).ok
      assert.ok(key)
      assert.deepEqual(thumbprintOf(crypto, key), thumbprint(crypto, publicKey))
    }
  })

  test('does not depend on names, uses and secret parts, and differs from key to key', () => {
    const alice = ed25519Key('alice')
    assert.ok(alice.material.type === 'OKP')
    const { d: _d, ...publicPart } = alice.material
    assert.deepEqual(
      thumbprintOf(crypto, alice),
      thumbprintOf(crypto, { material: publicPart, operations: [2] }),
    )
    assert.notDeepEqual(thumbprintOf(crypto, alice), thumbprintOf(crypto, ed25519Key('bob')))
    const [one, other] = [-48, -49].map((algorithm) => mlDsaKey('alice', 'ML-DSA-44', algorithm))
    assert.ok(one && other)
    assert.notDeepEqual(thumbprintOf(crypto, one), thumbprintOf(crypto, other))
    const point = p256.Point.BASE.toBytes(false)
    for (const key of [
      { material: { type: 'EC2', curve: 'P-256', point } },
      { material: { type: 'Symmetric', k: bytes(16) } },
      { material: { type: 'RSA', n: bytes(256), e: hex('010001') } },
    ] as const)
      assert.equal(thumbprintOf(crypto, key).length, 32)
  })
})
