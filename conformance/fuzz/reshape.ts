/** Changes decoded CBOR where it is: one value replaced, one entry removed, doubled or put in. */
import { CORE_PROFILE, decodeCbor, encodeCbor, isTagged, CborTagged } from 'promisegrid/promisebase'
import { cborBytes } from './cbor-bytes.ts'
import type { CborValue } from 'promisegrid/promisebase'
import type { Random } from './random.ts'

/** A deterministic encoding of a value like this one, changed in one to three places. */
export function reshape(random: Random, value: CborValue): Uint8Array {
  let changed = value
  for (let left = 1 + random.size(2); left > 0; left -= 1) changed = reshaped(random, changed, 6)
  try {
    return encodeCbor(changed)
  } catch {
    // Two keys may have become one.
    return encodeCbor(value)
  }
}

function reshaped(random: Random, value: CborValue, depth: number): CborValue {
  if (depth === 0 || random.once(4)) return other(random, value)
  if (value instanceof Uint8Array) return inBytes(random, value)
  if (isTagged(value)) return new CborTagged(value.tag, reshaped(random, value.value, depth - 1))
  if (Array.isArray(value)) return inArray(random, value, depth)
  if (value instanceof Map) return inMap(random, value, depth)
  return other(random, value)
}

/** Byte strings often hold CBOR of their own: claims, headers, tokens. */
function inBytes(random: Random, bytes: Uint8Array): CborValue {
  const inside = decodeCbor(bytes, CORE_PROFILE).ok
  return inside === undefined ? other(random, bytes) : encodeSafely(reshaped(random, inside, 4), bytes)
}

function encodeSafely(value: CborValue, instead: Uint8Array): Uint8Array {
  try {
    return encodeCbor(value)
  } catch {
    return instead
  }
}

function inArray(random: Random, values: readonly CborValue[], depth: number): CborValue {
  const copy = [...values]
  const at = random.below(values.length + 1)
  if (at === values.length || random.once(6)) copy.splice(at, random.below(2), any(random))
  else if (random.once(6)) copy.splice(at, 1)
  else copy[at] = reshaped(random, values[at] as CborValue, depth - 1)
  return copy
}

function inMap(random: Random, map: ReadonlyMap<CborValue, CborValue>, depth: number): CborValue {
  const entries = [...map]
  const at = random.below(entries.length + 1)
  const entry = entries[at]
  if (entry === undefined) entries.push([any(random), any(random)])
  else if (random.once(4)) entries.splice(at, 1)
  else if (random.once(4)) entry[0] = other(random, entry[0])
  else entry[1] = reshaped(random, entry[1], depth - 1)
  return new Map(entries)
}

/** Near to the value, or of another kind. */
function other(random: Random, value: CborValue): CborValue {
  if (random.once(3)) return any(random)
  if (typeof value === 'number') return value + random.pick([-1, 1, -value, 2 ** 31, 0.5, -2 * value - 1])
  if (typeof value === 'string')
    return random.once(2) ? value.slice(random.below(3)) : value + random.pick(['x', '\0', 'é', value])
  if (value instanceof Uint8Array) return otherBytes(random, value)
  if (typeof value === 'boolean') return !value
  return any(random)
}

/** Shorter at either end, longer, or as long; zeros are what keys and numbers must not be. */
function otherBytes(random: Random, bytes: Uint8Array): Uint8Array {
  switch (random.below(6)) {
    case 0:
      return random.once(3) ? new Uint8Array(bytes.length) : bytes.subarray(random.below(3))
    case 1:
      return bytes.subarray(0, bytes.length - random.below(Math.min(bytes.length, 26) + 1))
    case 2:
      return Uint8Array.from([...bytes, ...random.bytes(1 + random.size(3))])
    default:
      return random.bytes(bytes.length)
  }
}

function any(random: Random): CborValue {
  for (let tries = 0; tries < 4; tries += 1) {
    const { ok } = decodeCbor(cborBytes(random, 1000), CORE_PROFILE)
    if (ok !== undefined) return ok
  }
  return random.below(100)
}
