/** What several sets ask of a CBOR codec. */
import { isDeepStrictEqual } from 'node:util'

import { CborFloat, decodeCbor, diagnose, encodeCbor, encodeDagCbor } from 'promisegrid/promisebase'
import { CORE_PROFILE, DAG_CBOR_PROFILE } from 'promisegrid/promisebase'

import { hexOf, unhex } from './bytes.ts'
import { judgeThrows, verdict } from './set.ts'
import type { CborInput, CborProfile, CborValue } from 'promisegrid/promisebase'
import type { Verdict } from './set.ts'

/** A profile to read by, and how what was read is written again. */
export interface Codec {
  readonly profile: CborProfile
  encode(value: CborInput): Uint8Array
}

/** Deterministic CBOR of RFC 8949 4.2.1. */
export const CORE: Codec = { profile: CORE_PROFILE, encode: encodeCbor }

export const DAG_CBOR: Codec = { profile: DAG_CBOR_PROFILE, encode: encodeDagCbor }

/** The bytes after one round trip as hex, or the code of the refusal. */
export function reencode(hex: string, { profile, encode }: Codec): string {
  const decoded = decodeCbor(unhex(hex), profile)
  return decoded.refused === undefined ? hexOf(encode(decoded.ok)) : decoded.refused.code
}

export function judgeRoundTrip(hex: string, codec: Codec): Verdict {
  const again = reencode(hex, codec)
  return verdict(again === hex.toLowerCase(), `${hex} under ${codec.profile.name} became ${again}`)
}

export function judgeRefused(hex: string, codec: Codec): Verdict {
  const decoded = decodeCbor(unhex(hex), codec.profile)
  return verdict(decoded.refused !== undefined, `${hex} under ${codec.profile.name} was taken`)
}

export function judgeNotEncoded(value: CborInput, { encode }: Codec): Verdict {
  return judgeThrows(() => encode(value))
}

/** The value of deterministic bytes; undefined where there is none. */
export function valueOf(hex: string): CborValue | undefined {
  return decodeCbor(unhex(hex), CORE_PROFILE).ok
}

/** What a set says that bytes stand for: as JSON, or in diagnostic notation. */
export interface ExpectedValue {
  readonly decoded?: unknown
  readonly diagnostic?: string
}

/** Numbers beyond the safe ones are rounded by the reader of the set, so they are compared rounded. */
export function judgeValue(hex: string, { decoded, diagnostic }: ExpectedValue): Verdict {
  const value = toJson(valueOf(hex) as CborValue)
  if (decoded !== undefined) {
    const isSame = isDeepStrictEqual(typeof value === 'bigint' ? Number(value) : value, decoded)
    return verdict(isSame, `decoded to ${String(value)}`)
  }
  const printed = diagnose(unhex(hex))
  return verdict(diagnostic === undefined || printed === diagnostic, `printed as ${printed}`)
}

function toJson(value: CborValue): unknown {
  if (value instanceof CborFloat) return value.value
  if (Array.isArray(value)) return value.map(toJson)
  if (!(value instanceof Map)) return value
  return Object.fromEntries([...value].map(([key, inner]) => [String(key), toJson(inner)]))
}
