/**
 * A copy of the first `end` bytes, all of them without it, that nobody else can change: a plain Uint8Array whatever
 * kind of byte array they were in. To cut it out is half the price of making an array and filling it; but the `slice`
 * of a Buffer is no copy, so only plain bytes are cut.
 */
export function ownBytes(bytes: Uint8Array, end: number = bytes.length): Uint8Array {
  return bytes.constructor === Uint8Array ? bytes.slice(0, end) : new Uint8Array(bytes.subarray(0, end))
}
