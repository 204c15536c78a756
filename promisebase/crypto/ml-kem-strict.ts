/** What an ML-KEM-768 key must be before any engine sees it (FIPS 203, 7.2). */

const KEY_BYTES = 1184
/** Three polynomials of 256 coefficients in 12 bits; the seed ρ of 32 bytes follows. */
const COEFFICIENT_BYTES = 1152
const FIELD = 3329

type Triple = [number, number, number]

/** Whether this is a key: of its size, and every coefficient below q, so that it has one encoding. */
export function admitMlKem(key: Uint8Array): boolean {
  return key.length === KEY_BYTES && isReducedMlKem(key.subarray(0, COEFFICIENT_BYTES))
}

/** Whether every 12 bits of a whole number of three bytes are a number below q. */
export function isReducedMlKem(coefficients: Uint8Array): boolean {
  for (let at = 0; at < coefficients.length; at += 3) {
    const [low, middle, high] = [coefficients[at], coefficients[at + 1], coefficients[at + 2]] as Triple
    if ((low | ((middle & 15) << 8)) >= FIELD || ((middle >> 4) | (high << 4)) >= FIELD) return false
  }
  return true
}
