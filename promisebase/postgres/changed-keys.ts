/**
 * The keys of a batch as one value, kept for those who did not write it:
 *
 *   keys  = *octets
 *   octets = 4OCTET *OCTET    ; length, then the key
 */

/** Batches whose keys are kept; who has seen none of them starts anew. */
export const CHANGES_KEPT = 8_192

/** Longer lists are not kept: whoever read anything before such a batch is in conflict with it. */
const LIST_BYTES_MAX = 1024 * 1024

/** Undefined when the list would be too long. */
export function encodeKeys(keys: readonly Uint8Array[]): Buffer | undefined {
  const length = keys.reduce((sum, key) => sum + 4 + key.length, 0)
  if (length > LIST_BYTES_MAX) return undefined
  const bytes = Buffer.alloc(length)
  let at = 0
  for (const key of keys) {
    at = bytes.writeUInt32BE(key.length, at)
    bytes.set(key, at)
    at += key.length
  }
  return bytes
}

export function decodeKeys(bytes: Buffer): Uint8Array[] {
  const keys: Uint8Array[] = []
  for (let at = 0; at < bytes.length;) {
    const length = bytes.readUInt32BE(at)
    keys.push(new Uint8Array(bytes.subarray(at + 4, at + 4 + length)))
    at += 4 + length
  }
  return keys
}
