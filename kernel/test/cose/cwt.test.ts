/** Tokens of others: their tag, claims, times and the key they confirm. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { CborFloat, encodeCbor } from '../../../promisebase/index.ts'
import { readConfirmation } from '../../cose/confirmation.ts'
import { checkCwtTime, readCwtClaims, unwrapCwt } from '../../cose/cwt.ts'
import { bytes, refusedWith } from './keys.ts'
import type { CborMap, CborValue } from '../../../promisebase/index.ts'

const map = (...entries: [CborValue, CborValue][]): CborMap => new Map(entries)
const claims = (...entries: [CborValue, CborValue][]): Uint8Array => encodeCbor(map(...entries))
const key = map([1, 4], [-1, bytes(16)])

describe('the claims of a CWT', () => {
  test('are read with all that is beside them', () => {
    const { ok } = readCwtClaims(
      claims(
        [1, 'iss'],
        [2, 'sub'],
        [3, ['a', 'b']],
        [4, 9],
        [5, 1.5],
        [6, new CborFloat(2)],
        [7, bytes(2)],
        [-260, 'more'],
      ),
    )
    assert.deepEqual(
      [
        ok?.issuer,
        ok?.subject,
        ok?.audience,
        ok?.expires,
        ok?.notBefore,
        ok?.issuedAt,
        ok?.id,
        ok?.all.get(-260),
      ],
      ['iss', 'sub', ['a', 'b'], 9, 1.5, 2, bytes(2), 'more'],
    )
    assert.deepEqual(readCwtClaims(claims()).ok?.all, map())
  })

  test('of other types are refused', () => {
    const wrong: [CborValue, CborValue][] = [
      [1, 7],
      [2, bytes(1)],
      [3, 7],
      [3, ['a', 7]],
      [4, '9'],
      [4, new CborFloat(Number.NaN)],
      [5, new CborFloat(Number.POSITIVE_INFINITY)],
      [6, true],
      [7, 'text'],
      [8, 7],
      [8, map()],
    ]
    for (const entry of wrong)
      assert.notEqual(readCwtClaims(claims(entry)).refused, undefined, String(entry[0]))
    refusedWith(readCwtClaims(encodeCbor([1])), 'SHAPE')
    refusedWith(readCwtClaims(Uint8Array.of(0xa1, 0x01)), 'DECODE')
    const indefinite = Uint8Array.of(0xbf, 0x04, 0x09, 0xff)
    refusedWith(readCwtClaims(indefinite), 'CANON')
    assert.equal(readCwtClaims(indefinite, { rules: 'foreign' }).ok?.expires, 9)
    const twice = Uint8Array.of(0xbf, 0x04, 0x09, 0x18, 0x04, 0x0a, 0xff)
    refusedWith(readCwtClaims(twice, { rules: 'foreign' }), 'DECODE')
  })

  test('say when they hold', () => {
    const time = { expires: 10, notBefore: 5, issuedAt: 4 }
    for (const now of [5, 9.9]) assert.ok(checkCwtTime(time, now).ok)
    assert.ok(checkCwtTime({}, 0).ok)
    refusedWith(checkCwtTime(time, 10), 'EXPIRED')
    refusedWith(checkCwtTime(time, 4), 'EARLY')
    refusedWith(checkCwtTime({ issuedAt: 4 }, 3), 'EARLY')
    assert.ok(checkCwtTime(time, 10, 1).ok)
    assert.ok(checkCwtTime(time, 4, 1).ok)
    refusedWith(checkCwtTime(time, 11, 1), 'EXPIRED')
  })

  test('stand behind tag 61 or without it, and behind it a COSE object is tagged', () => {
    assert.deepEqual(unwrapCwt(Uint8Array.of(0xd8, 0x3d, 0xd2, 0x80)).ok, Uint8Array.of(0xd2, 0x80))
    assert.deepEqual(unwrapCwt(Uint8Array.of(0xd2, 0x80)).ok, Uint8Array.of(0xd2, 0x80))
    refusedWith(unwrapCwt(Uint8Array.of(0xd8, 0x3d, 0x80)), 'SHAPE')
    refusedWith(unwrapCwt(Uint8Array.of(0xd8, 0x3d)), 'SHAPE')
  })
})

describe('a confirmation', () => {
  test('is a key, an encrypted key, a name or a thumbprint; what else is in it is left alone', () => {
    assert.ok(readConfirmation(map([1, key])).ok?.key)
    assert.ok(readConfirmation(map([2, [bytes(1), map(), bytes(1)]])).ok?.encryptedKey)
    assert.deepEqual(readConfirmation(map([3, bytes(2)])).ok, { kid: bytes(2) })
    assert.deepEqual(readConfirmation(map([5, bytes(32)], [99, 'more'])).ok, { thumbprint: bytes(32) })
    assert.ok(readConfirmation(map([1, key], [3, bytes(2)])).ok?.kid)
  })

  test('is refused with two keys, without one, and with what is none', () => {
    refusedWith(readConfirmation(map([1, key], [2, [bytes(1), map(), bytes(1)]])), 'SHAPE')
    refusedWith(readConfirmation(map()), 'KEY')
    refusedWith(readConfirmation(map([99, 1])), 'KEY')
    refusedWith(readConfirmation(map([1, map()])), 'KEY')
    refusedWith(readConfirmation(map([2, bytes(3)])), 'SHAPE')
    refusedWith(readConfirmation(map([3, 'name'])), 'SHAPE')
    refusedWith(readConfirmation(map([5, 1])), 'SHAPE')
    refusedWith(readConfirmation('key'), 'SHAPE')
  })
})
