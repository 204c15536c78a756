/** Whether a constant holds a NaN other than the one NaN: then its bits are the guest's. */
const EXPONENT = 0x7f

/** Of the four bytes at `at`, the last of which holds sign and exponent. */
function isOtherNan32(bytes: Uint8Array, at: number): boolean {
  const high = bytes[at + 3] as number
  const next = bytes[at + 2] as number
  if ((high & EXPONENT) !== EXPONENT || next < 0x80) return false
  const rest = (bytes[at] as number) | (bytes[at + 1] as number)
  const isInfinite = next === 0x80 && rest === 0
  const isTheOne = high === 0x7f && next === 0xc0 && rest === 0
  return !isInfinite && !isTheOne
}

function isOtherNan64(bytes: Uint8Array, at: number): boolean {
  const high = bytes[at + 7] as number
  const next = bytes[at + 6] as number
  if ((high & EXPONENT) !== EXPONENT || next < 0xf0) return false
  const rest = bytes.subarray(at, at + 6).some((byte) => byte !== 0)
  const isInfinite = next === 0xf0 && !rest
  const isTheOne = high === 0x7f && next === 0xf8 && !rest
  return !isInfinite && !isTheOne
}

/** In any lane, whichever shape it is taken in. */
function isOtherNanVector(bytes: Uint8Array, at: number): boolean {
  return (
    [0, 4, 8, 12].some((lane) => isOtherNan32(bytes, at + lane)) ||
    [0, 8].some((lane) => isOtherNan64(bytes, at + lane))
  )
}

/** By the bytes of the constant. */
export const IS_OTHER_NAN = { 4: isOtherNan32, 8: isOtherNan64, 16: isOtherNanVector } as const
