/** Laws of what is read beside the six kinds of objects: keys, sets of them, claims of tokens, and our own sealing. */
import {
  decryptWith,
  encryptTo,
  readCoseKey,
  readCoseKeySet,
  readCwtClaims,
  thumbprintOf,
  unwrapCwt,
} from 'promisegrid/kernel'
import { encodeCbor, nobleAgreement, nobleCipher } from 'promisegrid/promisebase'
import { coseKeys, map, NONCE, secretOf, utf8 } from './cose-keys.ts'
import { crypto, drawFrom } from './node.ts'
import { Random } from './random.ts'
import { Finding, unharmed } from './target.ts'
import { codeOf, isSame } from './verdict.ts'
import type { CoseKey } from 'promisegrid/kernel'

const NOTHING = new Uint8Array(0)

/** What is read beside objects: a key of each type, a set of them, the claims of a token. */
export function coseBlocks(): readonly Uint8Array[] {
  const { ed25519, p256 } = coseKeys
  const point = p256.material.type === 'EC2' ? p256.material.point : NOTHING
  const keys = [
    map([1, 1], [-1, 6], [-2, ed25519.material.type === 'OKP' ? ed25519.material.x : NOTHING], [3, -19]),
    map([1, 2], [-1, 1], [-2, point.subarray(1, 33)], [-3, point.subarray(33)], [4, [2]], [2, utf8('p256')]),
    map([1, 2], [-1, 1], [-2, point.subarray(1, 33)], [-3, ((point.at(-1) ?? 0) & 1) === 1]),
    map([1, 3], [-1, new Uint8Array(256).fill(0xd5)], [-2, Uint8Array.of(1, 0, 1)]),
    map([1, 4], [-1, secretOf('mac')], [5, NONCE]),
    map([1, 7], [3, -48], [-1, new Uint8Array(1312).fill(3)]),
  ]
  const claims = map([1, 'issuer'], [3, ['a', 'b']], [4, 1.5], [7, NONCE], [8, map([1, keys[0] ?? null])])
  return [keys[0] ?? null, keys[1] ?? null, keys, keys.slice(0, 2), claims].map((each) => encodeCbor(each))
}

export function checkKeys(bytes: Uint8Array): void {
  for (const rules of ['strict', 'foreign'] as const) {
    const reading = { rules }
    const key = unharmed('readCoseKey', bytes, () => readCoseKey(bytes, reading))
    const set = unharmed('readCoseKeySet', bytes, () => readCoseKeySet(bytes, reading))
    const claims = unharmed('readCwtClaims', bytes, () => readCwtClaims(bytes, reading))
    for (const result of [key, set, claims]) codeOf(result, bytes)
    if (key.ok !== undefined) checkThumbprint(bytes, key.ok)
    for (const each of set.ok?.keys ?? []) checkThumbprint(bytes, each)
    if (claims.ok?.confirmation?.key !== undefined) checkThumbprint(bytes, claims.ok.confirmation.key)
  }
  codeOf(
    unharmed('unwrapCwt', bytes, () => unwrapCwt(bytes)),
    bytes,
  )
}

function checkThumbprint(bytes: Uint8Array, key: CoseKey): void {
  const print = unharmed('thumbprintOf', bytes, () => thumbprintOf(crypto, key))
  if (print.length !== 32) throw new Finding('a thumbprint of another length', bytes)
}

const powers = { crypto, agreement: nobleAgreement, cipher: nobleCipher }
const own = { algorithm: 'X-Wing', secret: secretOf('X-Wing') } as const

export function sealedObject(): Uint8Array {
  drawFrom(new Random(0, 0))
  const key = nobleAgreement.publicKey('X-Wing', own.secret)
  const { ok } = encryptTo(powers, [key], utf8('sealed to a key'))
  if (ok === undefined) throw new Error('nothing is sealed to an honest key')
  return ok
}

/** Our own form of sealing covers every byte. */
export function checkSealed(bytes: Uint8Array, original: Uint8Array): void {
  const opened = unharmed('decryptWith', bytes, () => decryptWith(powers, own, bytes))
  codeOf(opened, bytes)
  if (opened.ok !== undefined && !isSame(bytes, original)) throw new Finding('changed, and opened', bytes)
}
