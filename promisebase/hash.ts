/**
 * The hashes that a CID may be made with, by their multihash codes. A digest counts only whole: a truncated one
 * is another, weaker hash under the same code.
 */

/** Multihash codes, under the names of the multicodec table. */
export const HASH = {
  'sha2-256': 0x12,
  'sha2-512': 0x13,
  'sha3-512': 0x14,
  'sha3-256': 0x16,
  blake3: 0x1e,
  'blake2b-256': 0xb220,
} as const

/** Multihash code of SHA-256: of every id, and of every block we name ourselves. */
export const SHA2_256 = HASH['sha2-256']

/** Not a hash: the "digest" is the content itself. */
export const IDENTITY = 0x00

/** Longest content of an identity CID: beyond, a name would carry a block past every check of blocks. */
export const IDENTITY_BYTES_MAX = 128

const BYTES: ReadonlyMap<number, number> = new Map([
  [HASH['sha2-256'], 32],
  [HASH['sha2-512'], 64],
  [HASH['sha3-512'], 64],
  [HASH['sha3-256'], 32],
  [HASH.blake3, 32],
  [HASH['blake2b-256'], 32],
])

/** Length of the whole digest; undefined for a code that is none of {@link HASH}. */
export function digestBytes(hash: number): number | undefined {
  return BYTES.get(hash)
}
