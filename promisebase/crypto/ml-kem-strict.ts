/** What an ML-KEM-768 key must be before any engine sees it (FIPS 203, 7.2). */

const KEY_BYTES = 1184
/** Three polynomials of 256 coefficients in 12 bits; the seed ρ of 32 bytes follows. */
const COEFFICIENT_BYTES = 1152
const FIELD = 3329

/** Whether this is a key: of its size, and every coefficient below q, so that it has one encoding. */
export function admitMlKem(key: Uint8Array): boolean {
  if (key.length !== KEY_BYTES) return false
  for (let at = 0; at < COEFFICIENT_BYTES; at += 3) {
    const [low, middle, high] = [key[at], key[at + 1], key[at + 2]] as [number, number, number]
    if ((low | ((middle & 15) << 8)) >= FIELD || ((middle >> 4) | (high << 4)) >= FIELD) return false
  }
  return true
}
