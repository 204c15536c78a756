/**
 * What an RSA key and a PS256 signature must be before any engine sees them. Engines disagree on small, huge,
 * even and zero-padded moduli and on exponents, so a key here is its modulus alone, and e is always 65537.
 */
import { bytesToNumberBE } from '@noble/curves/utils.js'

const MODULUS_BITS_MIN = 2048
/** Larger ones cost the verifier, who has not chosen them. */
const MODULUS_BYTES_MAX = 512

/** Whether these bytes are a modulus: 2048 to 4096 bits, odd, big-endian without leading zeros. */
export function admitRsa(modulus: Uint8Array): boolean {
  // The length first: bytes come from a peer, and may be many.
  if (modulus.length > MODULUS_BYTES_MAX || modulus[0] === 0) return false
  return modulusBits(modulus) >= MODULUS_BITS_MIN && ((modulus.at(-1) as number) & 1) === 1
}

/** Whether this can be a signature under the modulus: as many bytes, and a smaller number. */
export function isRsaSignature(signature: Uint8Array, modulus: Uint8Array): boolean {
  if (signature.length !== modulus.length || signature.length > MODULUS_BYTES_MAX) return false
  return bytesToNumberBE(signature) < bytesToNumberBE(modulus)
}

/** The length of a modulus in bits. */
export function modulusBits(modulus: Uint8Array): number {
  return modulus.length === 0 ? 0 : modulus.length * 8 - (Math.clz32(modulus[0] as number) - 24)
}
