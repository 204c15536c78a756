/** ESP256: r and s at the ends of their ranges, both halves of s, other encodings of key and signature. */
import { p256 } from '@noble/curves/nist.js'
import { bytesToNumberBE, numberToBytesBE } from '@noble/curves/utils.js'

import { nobleCrypto } from '../../../../promisebase/index.ts'
import { join, utf8, yes } from './case.ts'
import type { Case } from './case.ts'

const SECRET = new Uint8Array(32).fill(7)
const MESSAGE = utf8('alice promises bob')
const KEY = nobleCrypto.publicKey('ESP256', SECRET).bytes
const SIGNATURE = nobleCrypto.sign('ESP256', SECRET, MESSAGE)
const ORDER = p256.Point.Fn.ORDER
const FIELD = p256.Point.Fp.ORDER

export function* p256Cases(): Iterable<Case> {
  yield verdict('honest', KEY, SIGNATURE, true)
  yield verdict('another message', KEY, nobleCrypto.sign('ESP256', SECRET, utf8('more')), false)
  for (const [name, signature] of signatures()) yield verdict(name, KEY, signature, false)
  for (const [name, key] of keys()) yield verdict(name, key, SIGNATURE, false)
  for (let index = 0; index < 8; index++) {
    const message = Uint8Array.of(index)
    const signature = nobleCrypto.sign('ESP256', SECRET, message)
    yield verdict(`low s ${index}`, KEY, signature, true, message)
    yield verdict(`high s ${index}`, KEY, withS(signature, ORDER - sOf(signature)), false, message)
  }
}

function verdict(
  name: string,
  key: Uint8Array,
  signature: Uint8Array,
  accepted: boolean,
  message = MESSAGE,
): Case {
  return {
    name: `ESP256 ${name}`,
    expected: yes(accepted),
    answer: ({ crypto }) => crypto.verify({ algorithm: 'ESP256', bytes: key }, message, signature),
  }
}

function signatures(): readonly (readonly [string, Uint8Array])[] {
  const r = SIGNATURE.subarray(0, 32)
  const s = SIGNATURE.subarray(32)
  const number = (value: bigint): Uint8Array => numberToBytesBE(value, 32)
  return [
    ['r = 0', join(number(0n), s)],
    ['r = n', join(number(ORDER), s)],
    ['r = 2^256 - 1', join(number(2n ** 256n - 1n), s)],
    ['s = 0', join(r, number(0n))],
    ['s = n', join(r, number(ORDER))],
    ['s = n / 2', join(r, number(ORDER >> 1n))],
    ['halves exchanged', join(s, r)],
    ['DER', p256.Signature.fromBytes(SIGNATURE, 'compact').toBytes('der')],
    ['63 bytes', SIGNATURE.subarray(1)],
    ['65 bytes', join(SIGNATURE, 0)],
    ['nothing', new Uint8Array(0)],
  ]
}

function keys(): readonly (readonly [string, Uint8Array])[] {
  const x = KEY.subarray(1, 33)
  const y = KEY.subarray(33)
  return [
    ['compressed key', p256.getPublicKey(SECRET, true)],
    ['hybrid key', join(6, x, y)],
    ['key without 04', join(x, y)],
    ['key off the curve', join(4, x, x)],
    ['key at infinity', new Uint8Array(1)],
    ['key of zeros', join(4, new Uint8Array(64))],
    ['x above p', join(4, numberToBytesBE((5n + FIELD) % 2n ** 256n, 32), y)],
    ['-y', join(4, x, numberToBytesBE(FIELD - bytesToNumberBE(y), 32))],
    ['no key', new Uint8Array(0)],
  ]
}

function sOf(signature: Uint8Array): bigint {
  return bytesToNumberBE(signature.subarray(32))
}

function withS(signature: Uint8Array, s: bigint): Uint8Array {
  return join(signature.subarray(0, 32), numberToBytesBE(s, 32))
}
