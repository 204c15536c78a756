/** Keys as COSE vectors write them: a JWK with byte strings in base64url, or in hex under names with `_hex`. */
import { coseKeyFrom } from 'promisegrid/kernel'
import { unbase64, unhex, utf8 } from './bytes.ts'
import type { CoseKey } from 'promisegrid/kernel'
import type { CborMap, CborValue } from 'promisegrid/promisebase'

export type JsonKey = Readonly<Record<string, string>>

const CURVES = new Map([
  ['P-256', 1],
  ['P-384', 2],
  ['P-521', 3],
  ['X25519', 4],
  ['X448', 5],
  ['Ed25519', 6],
  ['Ed448', 7],
])

/** Which parameters a type has, in the order of their labels from −1 on; `crv` is a number. */
const TYPES = new Map<string, readonly [number, readonly string[]]>([
  ['OKP', [1, ['crv', 'x', '', 'd']]],
  ['EC', [2, ['crv', 'x', 'y', 'd']]],
  ['RSA', [3, ['n', 'e']]],
  ['oct', [4, ['k']]],
])

/** @throws {Error} for a key that this library does not read: a vector with one is not judged as if it had none */
export function keyOf(json: JsonKey, further: { readonly baseIv?: Uint8Array } = {}): CoseKey {
  const [kty, names] = TYPES.get(json['kty'] ?? '') ?? []
  if (kty === undefined || names === undefined) throw new Error(`no key type ${json['kty']}`)
  const map: CborMap = new Map<CborValue, CborValue>([[1, kty]])
  names.forEach((name, index) => {
    const value = name === 'crv' ? CURVES.get(json['crv'] ?? '') : bytesOf(json, name)
    if (value !== undefined) map.set(-1 - index, value)
  })
  if (json['kid'] !== undefined) map.set(2, utf8(json['kid']))
  if (json['kid_hex'] !== undefined) map.set(2, unhex(json['kid_hex']))
  if (further.baseIv !== undefined) map.set(5, further.baseIv)
  const key = coseKeyFrom(map)
  if (key.refused !== undefined) throw new Error(`${key.refused.code} ${key.refused.detail}`)
  return key.ok
}

/** The same key without its name, for a caller who says which key it is. */
export function withoutName({ kid: _kid, ...key }: CoseKey): CoseKey {
  return key
}

function bytesOf(json: JsonKey, name: string): Uint8Array | undefined {
  const [text, hex] = [json[name], json[`${name}_hex`]]
  if (hex !== undefined) return unhex(hex)
  return text === undefined ? undefined : unbase64(text)
}
