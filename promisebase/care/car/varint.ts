/** Lengths in a CAR: unsigned LEB128 of at most 9 bytes, written in the fewest that hold the number. */

/** A number, and where it ends. */
export interface Varint {
  readonly value: number
  readonly end: number
}

/** Bytes of the longest varint that multiformats allow. */
export const VARINT_BYTES_MAX = 9

/** @throws {RangeError} for what is no unsigned safe integer */
export function encodeVarint(value: number): Uint8Array {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${value} is no length`)
  const bytes: number[] = []
  let rest = value
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80)
  return Uint8Array.of(...bytes, rest)
}

/** The varint at `start`; undefined when it is cut short, not minimal, or no safe integer. */
export function readVarint(bytes: Uint8Array, start: number): Varint | undefined {
  let value = 0
  let weight = 1
  for (let at = start; at < bytes.length && at < start + VARINT_BYTES_MAX; at++, weight *= 128) {
    const byte = bytes[at] as number
    value += (byte & 0x7f) * weight
    if (byte < 0x80) {
      const isMinimal = byte !== 0 || at === start
      return isMinimal && Number.isSafeInteger(value) ? { value, end: at + 1 } : undefined
    }
  }
  return undefined
}
