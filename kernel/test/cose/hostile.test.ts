/** Whatever bytes arrive: a refusal with a code, never an exception, and never more work than the bounds allow. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { fc } from '../../../conformance/test/laws.ts'
import { CborTagged, encodeCbor } from '../../../promisebase/index.ts'
import { readCwtClaims, unwrapCwt } from '../../cose/cwt.ts'
import {
  openCoseEncrypt,
  openCoseEncrypt0,
  readCoseEncrypt,
  readCoseEncrypt0,
  sealCoseEncrypt0,
} from '../../cose/encrypt.ts'
import { readCoseKeySet } from '../../cose/key-set.ts'
import { readCoseKey } from '../../cose/key.ts'
import { createCoseMac0, readCoseMac, readCoseMac0, verifyCoseMac, verifyCoseMac0 } from '../../cose/mac.ts'
import { readCoseSign, signCoseSign, verifyCoseSign } from '../../cose/sign.ts'
import { readCoseSign1, signCoseSign1, verifyCoseSign1 } from '../../cose/sign1.ts'
import { coseSigner } from '../../cose/signer.ts'
import { REFUSALS } from '../../errors.ts'
import { bytes, crypto, ed25519Key, p256Key, symmetricKey, utf8 } from './keys.ts'
import type { CborInput, CborValue } from '../../../promisebase/index.ts'
import type { CoseReading } from '../../cose/item.ts'
import type { Result } from '../../errors.ts'

const NOTHING = new Uint8Array(0)
const content = utf8('content')
const { kid: _kid, ...alice } = ed25519Key('alice')
const { kid: _shared, ...shared } = symmetricKey('shared')
const signer = coseSigner(crypto, alice, -19).ok
assert.ok(signer)

const map = (...entries: [CborValue, CborValue][]): Map<CborValue, CborValue> => new Map(entries)
const recipients: CborInput = [
  [
    encodeCbor(map([1, -25])),
    map([-1, map([1, 2], [-1, 1], [-2, bytes(32)], [-3, true])], [-20, bytes(4)]),
    NOTHING,
  ],
]
const wrapped: CborInput = [[NOTHING, map([1, -5]), bytes(40), [[NOTHING, map([1, -5]), bytes(40)]]]]
const layer = (tag: number, ...rest: CborInput[]): Uint8Array =>
  encodeCbor(new CborTagged(tag, [encodeCbor(map([1, tag === 97 ? 5 : 3])), map([5, bytes(12)]), ...rest]))

const SEEDS: readonly Uint8Array[] = [
  signCoseSign1(signer, content, { protected: map([2, [4]], [4, bytes(2)]) }),
  signCoseSign([signer, signer], content),
  createCoseMac0(shared, 5, content).ok ?? NOTHING,
  sealCoseEncrypt0(shared, 3, bytes(12), content).ok?.bytes ?? NOTHING,
  layer(96, bytes(24), recipients),
  layer(96, bytes(24), wrapped),
  layer(97, content, bytes(32), recipients),
  layer(97, content, bytes(32), wrapped),
  encodeCbor([map([1, 2], [-1, 1], [-2, bytes(32)], [-3, true]), map([1, 4], [-1, bytes(16)])]),
  encodeCbor(map([1, 'iss'], [4, 1.5], [8, map([1, map([1, 4], [-1, bytes(16)])])])),
]

/** Every reader over the same bytes, and every verification that what was read leads to. */
function everyWay(object: Uint8Array, reading: CoseReading): Result<unknown>[] {
  const then = <T>(read: Result<T>, next: (value: T) => Result<unknown>): Result<unknown> =>
    read.refused === undefined ? next(read.ok) : read
  return [
    then(readCoseSign1(object, reading), (sign1) => verifyCoseSign1(crypto, sign1, alice)),
    then(readCoseSign(object, reading), (sign) => verifyCoseSign(crypto, sign, [alice])),
    then(readCoseMac0(object, reading), (mac) => verifyCoseMac0(mac, shared)),
    then(readCoseMac(object, reading), (mac) => verifyCoseMac(mac, { key: shared })),
    then(readCoseEncrypt0(object, reading), (sealed) => openCoseEncrypt0(sealed, shared)),
    then(readCoseEncrypt(object, reading), (sealed) => openCoseEncrypt(sealed, { key: p256Key('alice') })),
    then(readCoseEncrypt(object, reading), (sealed) => openCoseEncrypt(sealed, { key: shared })),
    readCoseKey(object, reading),
    readCoseKeySet(object, reading),
    readCwtClaims(object, reading),
    unwrapCwt(object),
  ]
}

function checkAll(object: Uint8Array): void {
  for (const rules of ['strict', 'foreign'] as const)
    for (const { refused } of everyWay(object, { rules }))
      assert.ok(refused === undefined || refused.code in REFUSALS)
}

describe('bytes of a stranger', () => {
  test('that are close to an object are taken or refused, and nothing is thrown', () => {
    const change = fc.record({ at: fc.nat({ max: 400 }), byte: fc.nat({ max: 255 }) })
    fc.assert(
      fc.property(
        fc.constantFrom(...SEEDS),
        fc.array(change, { minLength: 1, maxLength: 3 }),
        (seed, changes) => {
          const object = seed.slice()
          for (const { at, byte } of changes) object[at % object.length] = byte
          checkAll(object)
        },
      ),
      { numRuns: 400 },
    )
  })

  test('that are anything are refused, and nothing is thrown', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), checkAll), { numRuns: 300 })
  })
})
