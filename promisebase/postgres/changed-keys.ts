/**
 * The keys of a batch as one value, kept for those who did not write it:
 *
 *   keys   = *octets
 *   octets = length *OCTET    ; then the key
 *   length = 4OCTET           ; its first bit is set when the key was deleted
 */
import type { BackendWrite, ChangedKeys } from '../interface.ts'

/** Batches whose keys are kept; who has seen none of them starts anew. */
export const CHANGES_KEPT = 8_192

/** Longer lists are not kept: whoever read anything before such a batch is in conflict with it. */
const LIST_BYTES_MAX = 1024 * 1024

const DELETED = 0x8000_0000

/** The keys of these writes; undefined when the list would be too long. */
export function encodeKeys(writes: readonly BackendWrite[]): Buffer | undefined {
  const length = writes.reduce((sum, { key }) => sum + 4 + key.length, 0)
  if (length > LIST_BYTES_MAX) return undefined
  const bytes = Buffer.alloc(length)
  let at = 0
  for (const { type, key } of writes) {
    at = bytes.writeUInt32BE(key.length + (type === 'delete' ? DELETED : 0), at)
    bytes.set(key, at)
    at += key.length
  }
  return bytes
}

export function decodeKeys(bytes: Buffer): Pick<ChangedKeys, 'keys' | 'deleted'> {
  const keys: Uint8Array[] = []
  const deleted: Uint8Array[] = []
  for (let at = 0; at < bytes.length;) {
    const head = bytes.readUInt32BE(at)
    const length = head % DELETED
    const key = new Uint8Array(bytes.subarray(at + 4, at + 4 + length))
    keys.push(key)
    if (head >= DELETED) deleted.push(key)
    at += 4 + length
  }
  return { keys, deleted }
}
