/** Message authentication by its COSE numbers (RFC 9053 section 3): HMAC, and AES-CBC-MAC for what others have made. */
import { cbc } from '@noble/ciphers/aes.js'

import { nobleCipher } from '../../promisebase/index.ts'
import { refuse } from '../errors.ts'
import type { KeyedHash } from '../../promisebase/index.ts'
import type { Result } from '../errors.ts'

interface MacAlgorithm {
  readonly keyBytes: number
  readonly tagBytes: number
  /** HMAC takes keys of any length of its own; a key that is derived for it has `keyBytes`. */
  readonly isKeyFixed: boolean
  tag(key: Uint8Array, message: Uint8Array): Uint8Array
}

const ALGORITHMS = new Map<number, MacAlgorithm>([
  [4, withHmac('sha2-256', 32, 8)],
  [5, withHmac('sha2-256', 32, 32)],
  [6, withHmac('sha2-384', 48, 48)],
  [7, withHmac('sha2-512', 64, 64)],
  [14, withCbcMac(16, 8)],
  [15, withCbcMac(32, 8)],
  [25, withCbcMac(16, 16)],
  [26, withCbcMac(32, 16)],
])

/** Length of a derived key in bytes; undefined when this is no message authentication known here. */
export function macKeyBytes(algorithm: number): number | undefined {
  return ALGORITHMS.get(algorithm)?.keyBytes
}

export function macTag(algorithm: number, key: Uint8Array, message: Uint8Array): Result<Uint8Array> {
  const mac = ALGORITHMS.get(algorithm)
  if (mac === undefined) return refuse('ALG', `${algorithm} is no message authentication known here`)
  if (mac.isKeyFixed && key.length !== mac.keyBytes)
    return refuse('KEY', `algorithm ${algorithm} takes a key of ${mac.keyBytes} bytes`)
  return { ok: mac.tag(key, message).slice(0, mac.tagBytes) }
}

/** AES-CBC-MAC with zeros for what is missing at the end; the key has 16 or 32 bytes. */
export function cbcMac(key: Uint8Array, message: Uint8Array): Uint8Array {
  const padded = new Uint8Array(Math.max(16, Math.ceil(message.length / 16) * 16))
  padded.set(message)
  return cbc(key, new Uint8Array(16), { disablePadding: true }).encrypt(padded).slice(-16)
}

function withHmac(hash: KeyedHash, keyBytes: number, tagBytes: number): MacAlgorithm {
  return { keyBytes, tagBytes, isKeyFixed: false, tag: (key, message) => nobleCipher.mac(hash, key, message) }
}

function withCbcMac(keyBytes: number, tagBytes: number): MacAlgorithm {
  return { keyBytes, tagBytes, isKeyFixed: true, tag: cbcMac }
}
