/**
 * RSASSA-PSS verification (RFC 8017, 8.1.2) for platforms without a synchronous RSA. Everything here is public:
 * a key, a message, a signature; so arithmetic whose time depends on its input reveals nothing. Signing is
 * not here for the same reason: it would.
 */
import { bytesToNumberBE, equalBytes, numberToBytesBE } from '@noble/curves/utils.js'
import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js'
import { concatBytes } from '@noble/hashes/utils.js'
import { admitRsa, isRsaSignature, modulusBits } from './rsa-strict.ts'

const TRAILER = 0xbc

/** One hash for the message and the mask; the salt is as long as it. */
export type PssHash = 'SHA-256' | 'SHA-384' | 'SHA-512'
type Hash = (bytes: Uint8Array) => Uint8Array
const HASHES: Record<PssHash, Hash> = { 'SHA-256': sha256, 'SHA-384': sha384, 'SHA-512': sha512 }

/** The verdict for any modulus and signature: keys and sizes are checked first, as for PS256. */
export function verifyPss(
  hash: PssHash,
  modulus: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (!admitRsa(modulus) || !isRsaSignature(signature, modulus)) return false
  return holds(HASHES[hash], modulus, message, signature)
}

/** Whether the admitted modulus, with e = 65537, stands for this signature, which is below it. */
export function verifyPs256(modulus: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  return holds(sha256, modulus, message, signature)
}

function holds(hash: Hash, modulus: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const encodedBits = modulusBits(modulus) - 1
  const representative = power65537(bytesToNumberBE(signature), bytesToNumberBE(modulus))
  // One bit longer than the encoding may be: a modulus of 8k + 1 bits has one byte more than it.
  if (representative >> BigInt(encodedBits) !== 0n) return false
  const encoded = numberToBytesBE(representative, Math.ceil(encodedBits / 8))
  return isPssEncoding(hash, encoded, encodedBits, hash(message))
}

/** base^65537 by sixteen squarings. */
function power65537(base: bigint, modulus: bigint): bigint {
  let power = base
  for (let round = 0; round < 16; round++) power = (power * power) % modulus
  return (power * base) % modulus
}

/** EMSA-PSS-VERIFY (RFC 8017, 9.1.2): maskedDB ‖ H ‖ bc, where DB is zeros ‖ 01 ‖ salt. */
function isPssEncoding(hash: Hash, encoded: Uint8Array, encodedBits: number, digest: Uint8Array): boolean {
  const blockBytes = encoded.length - digest.length - 1
  if (encoded.at(-1) !== TRAILER) return false
  const claimed = encoded.subarray(blockBytes, -1)
  const block = unmask(hash, encoded.subarray(0, blockBytes), claimed)
  block[0] = (block[0] as number) & (0xff >> (8 * encoded.length - encodedBits))
  const start = blockBytes - digest.length - 1
  if (block[start] !== 1 || block.subarray(0, start).some((byte) => byte !== 0)) return false
  return equalBytes(hash(concatBytes(new Uint8Array(8), digest, block.subarray(start + 1))), claimed)
}

/** Removes the mask that MGF1 makes of `seed`, which has the length of a digest. */
function unmask(hash: Hash, masked: Uint8Array, seed: Uint8Array): Uint8Array {
  const block = Uint8Array.from(masked)
  for (let at = 0; at < block.length; at += seed.length) {
    const mask = hash(concatBytes(seed, numberToBytesBE(at / seed.length, 4)))
    mask.subarray(0, block.length - at).forEach((byte, index) => {
      block[at + index] = (block[at + index] as number) ^ byte
    })
  }
  return block
}
