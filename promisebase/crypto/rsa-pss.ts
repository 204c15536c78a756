/**
 * PS256 verification (RFC 8017, 8.1.2) for platforms without a synchronous RSA. Everything here is public: a
 * key, a message, a signature; so arithmetic whose time depends on its input reveals nothing. Signing is not
 * here for the same reason: it would.
 */
import { bytesToNumberBE, equalBytes, numberToBytesBE } from '@noble/curves/utils.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { concatBytes } from '@noble/hashes/utils.js'
import { modulusBits } from './rsa-strict.ts'

const HASH_BYTES = 32
const SALT_BYTES = 32
const TRAILER = 0xbc

/** Whether the admitted modulus, with e = 65537, stands for this signature, which is below it. */
export function verifyPs256(modulus: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const encodedBits = modulusBits(modulus) - 1
  const representative = power65537(bytesToNumberBE(signature), bytesToNumberBE(modulus))
  // One bit longer than the encoding may be: a modulus of 8k + 1 bits has one byte more than it.
  if (representative >> BigInt(encodedBits) !== 0n) return false
  return isPssEncoding(
    numberToBytesBE(representative, Math.ceil(encodedBits / 8)),
    encodedBits,
    sha256(message),
  )
}

/** base^65537 by sixteen squarings. */
function power65537(base: bigint, modulus: bigint): bigint {
  let power = base
  for (let round = 0; round < 16; round++) power = (power * power) % modulus
  return (power * base) % modulus
}

/** EMSA-PSS-VERIFY (RFC 8017, 9.1.2): maskedDB ‖ H ‖ bc, where DB is zeros ‖ 01 ‖ salt. */
function isPssEncoding(encoded: Uint8Array, encodedBits: number, digest: Uint8Array): boolean {
  const blockBytes = encoded.length - HASH_BYTES - 1
  if (encoded.at(-1) !== TRAILER) return false
  const hash = encoded.subarray(blockBytes, -1)
  const block = unmask(encoded.subarray(0, blockBytes), hash)
  block[0] = (block[0] as number) & (0xff >> (8 * encoded.length - encodedBits))
  const start = blockBytes - SALT_BYTES - 1
  if (block[start] !== 1 || block.subarray(0, start).some((byte) => byte !== 0)) return false
  return equalBytes(sha256(concatBytes(new Uint8Array(8), digest, block.subarray(start + 1))), hash)
}

/** Removes the mask that MGF1 with SHA-256 makes of `seed`. */
function unmask(masked: Uint8Array, seed: Uint8Array): Uint8Array {
  const block = Uint8Array.from(masked)
  for (let at = 0; at < block.length; at += HASH_BYTES) {
    const mask = sha256(concatBytes(seed, numberToBytesBE(at / HASH_BYTES, 4)))
    mask.subarray(0, block.length - at).forEach((byte, index) => {
      block[at + index] = (block[at + index] as number) ^ byte
    })
  }
  return block
}
