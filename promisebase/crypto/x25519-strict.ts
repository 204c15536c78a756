/**
 * What an X25519 key must be before a secret is sent to it. RFC 7748 reads any 32 bytes, ignores the highest
 * bit and reduces the rest; a key one is known by has one encoding, and multiplies to more than zero.
 */
import { hexToBytes } from '@noble/curves/utils.js'
import { bytesKey } from '../bytes-key.ts'

/** The u of every point of small order, of the curve and its twist, little-endian and below p. */
const SMALL_ORDER: ReadonlySet<string> = new Set(
  [
    '0000000000000000000000000000000000000000000000000000000000000000',
    '0100000000000000000000000000000000000000000000000000000000000000',
    'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
    '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
    'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  ].map((hex) => bytesKey(hexToBytes(hex))),
)

/** Whether this is a key to send secrets to: 32 bytes, below p = 2^255 − 19, not of small order. */
export function admitX25519(key: Uint8Array): boolean {
  return key.length === 32 && isBelowField(key) && !SMALL_ORDER.has(bytesKey(key))
}

/** Whether the product says something about the peer's key: not for a point of small order. */
export function isSharedSecret(product: Uint8Array): boolean {
  return product.reduce((all, byte) => all | byte, 0) !== 0
}

/** p is ed ff … ff 7f: at or above it are only ed…ff before a run of ff and 7f, and what has the top bit. */
function isBelowField(key: Uint8Array): boolean {
  const high = key[31] as number
  if (high !== 0x7f) return high < 0x7f
  return (key[0] as number) < 0xed || key.subarray(1, 31).some((byte) => byte !== 0xff)
}
