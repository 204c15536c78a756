/** Floats of 16, 32 and 64 bits, and which of them is the shortest that keeps a value (RFC 8949 4.2.1). */

const scratch = new DataView(new ArrayBuffer(8))

/** The one NaN of deterministic CBOR. */
export const HALF_NAN = 0x7e00

export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN
  if (exponent === 0) return sign * fraction * 2 ** -24
  return sign * (1024 + fraction) * 2 ** (exponent - 25)
}

/** The 16 bits that stand for exactly this value, or undefined when no 16 bits do. */
export function halfFromNumber(value: number): number | undefined {
  if (Number.isNaN(value)) return HALF_NAN
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0
  const size = Math.abs(value)
  if (size === Infinity) return sign | 0x7c00
  if (size === 0) return sign
  const step = size < 2 ** -14 ? 2 ** -24 : 2 ** (exponentOf(size) - 10)
  const steps = size / step
  if (size > 65504 || steps !== Math.floor(steps)) return undefined
  return size < 2 ** -14 ? sign | steps : sign | ((exponentOf(size) + 15) << 10) | (steps - 1024)
}

/** Whether this value survives 32 bits. */
export function fitsSingle(value: number): boolean {
  return Math.fround(value) === value
}

function exponentOf(size: number): number {
  scratch.setFloat64(0, size)
  return ((scratch.getUint16(0) >> 4) & 0x7ff) - 1023
}

/** Whether the float of `width` bytes at `at` is the shortest of its value, and the one NaN if it is a NaN. */
export function isShortestFloat(view: DataView, at: number, width: number): boolean {
  if (width === 2) {
    const bits = view.getUint16(at)
    return bits === HALF_NAN || !Number.isNaN(halfToNumber(bits))
  }
  const value = width === 4 ? view.getFloat32(at) : view.getFloat64(at)
  return halfFromNumber(value) === undefined && (width === 4 || !fitsSingle(value))
}
