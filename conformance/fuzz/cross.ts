/**
 * Changes that need a second object, or room: a part of one put where a part of another was, another tag around
 * it, a byte string made long. Each alone is honest; what comes together was never signed together.
 */
import { CborTagged, CORE_PROFILE, decodeCbor, encodeCbor, isTagged } from 'promisegrid/promisebase'
import type { CborValue } from 'promisegrid/promisebase'
import type { Random } from './random.ts'

/** Tags that say what a COSE array is, and those around them. */
const TAGS = [16, 17, 18, 61, 96, 97, 98, 1735551332]

/** One element of the array in `value` changed, and nothing around it. */
export function inElement(
  random: Random,
  value: CborValue,
  change: (element: CborValue) => Uint8Array,
): Uint8Array {
  const parts = isTagged(value) ? value.value : value
  if (!Array.isArray(parts) || parts.length === 0) return change(value)
  const copy = [...parts]
  const at = random.below(parts.length)
  const changed = decodeCbor(change(parts[at] as CborValue), CORE_PROFILE).ok
  if (changed !== undefined) copy[at] = changed
  return encodeCbor(isTagged(value) ? new CborTagged(value.tag, copy) : copy)
}

/** `value` with one part of it replaced by any part of `other`. */
export function cross(random: Random, value: CborValue, other: CborValue): Uint8Array {
  return encodeSafely(placed(random, value, random.pick(partsOf(other)), 5), value)
}

/** The same item under another tag, or without one. */
export function retag(random: Random, value: CborValue): Uint8Array {
  const inside = isTagged(value) ? value.value : value
  return encodeCbor(random.once(4) ? inside : new CborTagged(random.pick(TAGS), inside))
}

/** `value` with one part of it replaced by so many bytes. */
export function stretch(random: Random, value: CborValue, length: number): Uint8Array {
  return encodeSafely(placed(random, value, new Uint8Array(length), 5), value)
}

/** Two keys may have become one. */
function encodeSafely(changed: CborValue, instead: CborValue): Uint8Array {
  try {
    return encodeCbor(changed)
  } catch {
    return encodeCbor(instead)
  }
}

function placed(random: Random, value: CborValue, part: CborValue, depth: number): CborValue {
  if (depth === 0) return part
  if (isTagged(value)) return new CborTagged(value.tag, placed(random, value.value, part, depth))
  if (Array.isArray(value)) return inArray(random, value, part, depth)
  if (value instanceof Map) return inMap(random, value, part, depth)
  return value instanceof Uint8Array ? inBytes(random, value, part, depth) : part
}

/** Byte strings often hold CBOR of their own: headers, claims, messages. */
function inBytes(random: Random, bytes: Uint8Array, part: CborValue, depth: number): CborValue {
  const inside = random.once(4) ? undefined : decodeCbor(bytes, CORE_PROFILE).ok
  const isNested = isTagged(inside) || Array.isArray(inside) || inside instanceof Map
  return isNested ? encodeSafely(placed(random, inside, part, depth - 1), inside) : part
}

function inArray(random: Random, values: readonly CborValue[], part: CborValue, depth: number): CborValue {
  const copy = [...values]
  const at = random.below(values.length + 1)
  if (at === values.length || random.once(8)) copy.splice(at, 0, part)
  else copy[at] = random.once(2) ? part : placed(random, values[at] as CborValue, part, depth - 1)
  return copy
}

function inMap(
  random: Random,
  map: ReadonlyMap<CborValue, CborValue>,
  part: CborValue,
  depth: number,
): CborValue {
  const entries = [...map]
  const entry = entries[random.below(entries.length + 1)]
  if (entry === undefined) return new Map([...map, [random.below(8) - 4, part]])
  entry[1] = random.once(2) ? part : placed(random, entry[1], part, depth - 1)
  return new Map(entries)
}

/** The item itself, and everything in it. */
function partsOf(value: CborValue): CborValue[] {
  if (isTagged(value)) return [value, ...partsOf(value.value)]
  if (Array.isArray(value)) return [value, ...value.flatMap(partsOf)]
  if (value instanceof Map) return [value, ...[...value.values()].flatMap(partsOf)]
  return [value]
}
