/** Cache keys: one name for one invocation, whichever way it is put together. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { CODEC, createCid, encodeCbor, hashBlock, nobleCrypto as crypto } from '../../promisebase/index.ts'
import { cacheKey, cacheKeys } from '../cache/key.ts'

const cidOf = (codec: number, fill: number) => createCid(codec, new Uint8Array(32).fill(fill))
const pure = {
  protocol: cidOf(CODEC.dagCbor, 1),
  method: 'same',
  context: cidOf(CODEC.dagCbor, 2),
  profile: cidOf(CODEC.dagCbor, 3),
}

describe('a cache key', () => {
  for (const codec of [CODEC.raw, CODEC.cbor, CODEC.dagCbor, CODEC.gridCbor])
    for (const method of ['m', 'x'.repeat(23), 'x'.repeat(24), 'é'.repeat(200)])
      test(`put together from parts is the one encoded as a whole: codec ${codec}, ${method.length} letters`, () => {
        const keyOf = cacheKeys(crypto, { ...pure, method })
        for (const fill of [0, 9, 255]) {
          const given = cidOf(codec, fill)
          const whole = ['result/1', pure.protocol, method, given, pure.context, pure.profile]
          const expected = hashBlock(crypto.sha256, CODEC.dagCbor, encodeCbor(whole))
          assert.ok(keyOf(given).equals(expected))
          assert.ok(cacheKey(crypto, { ...pure, method, arguments: given }).equals(expected))
        }
      })

  test('differs when any part does', () => {
    const given = cidOf(CODEC.raw, 4)
    const own = cacheKeys(crypto, pure)(given)
    const others = [
      cacheKeys(crypto, pure)(cidOf(CODEC.raw, 5)),
      cacheKeys(crypto, { ...pure, method: 'other' })(given),
      cacheKeys(crypto, { ...pure, protocol: cidOf(CODEC.dagCbor, 6) })(given),
      cacheKeys(crypto, { ...pure, context: pure.profile, profile: pure.context })(given),
    ]
    for (const other of others) assert.ok(!own.equals(other))
  })
})
