/**
 * CRC-32C (Castagnoli: polynomial 0x1edc6f41, reflected, as in RFC 3720 appendix B.4). It notices every change of
 * up to 32 neighbouring bits, so every flipped bit; it is no defence against somebody who means to change bytes.
 */

/** The checksum of the bytes before `end`, or of what `before` is the checksum of with them behind it. */
export function crc32c(bytes: Uint8Array, before = 0, end = bytes.length): number {
  const t = TABLES
  let crc = ~before
  let at = 0
  for (const last = end - STEP; at <= last; at += STEP) {
    crc ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
    crc =
      t[3840 + (crc & 0xff)]! ^
      t[3584 + ((crc >>> 8) & 0xff)]! ^
      t[3328 + ((crc >>> 16) & 0xff)]! ^
      t[3072 + (crc >>> 24)]! ^
      t[2816 + bytes[at + 4]!]! ^
      t[2560 + bytes[at + 5]!]! ^
      t[2304 + bytes[at + 6]!]! ^
      t[2048 + bytes[at + 7]!]! ^
      t[1792 + bytes[at + 8]!]! ^
      t[1536 + bytes[at + 9]!]! ^
      t[1280 + bytes[at + 10]!]! ^
      t[1024 + bytes[at + 11]!]! ^
      t[768 + bytes[at + 12]!]! ^
      t[512 + bytes[at + 13]!]! ^
      t[256 + bytes[at + 14]!]! ^
      t[bytes[at + 15]!]!
  }
  for (; at < end; at++) crc = (crc >>> 8) ^ t[(crc ^ bytes[at]!) & 0xff]!
  return ~crc >>> 0
}

const POLYNOMIAL_REFLECTED = 0x82f63b78

/** Octets of one step. Each has a table: what an octet does to the remainder when so many follow it in the step. */
const STEP = 16

const TABLES = makeTables()

function makeTables(): Int32Array {
  const tables = new Int32Array(256 * STEP)
  for (let octet = 0; octet < 256; octet++) {
    let rest = octet
    for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ POLYNOMIAL_REFLECTED : rest >>> 1
    tables[octet] = rest
  }
  for (let at = 256; at < tables.length; at++) {
    const before = tables[at - 256]!
    tables[at] = (before >>> 8) ^ tables[before & 0xff]!
  }
  return tables
}
