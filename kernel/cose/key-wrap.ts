/** AES key wrap (RFC 3394) under its COSE numbers. */
import { aeskw } from '@noble/ciphers/aes.js'

import { refuse } from '../errors.ts'
import type { Result } from '../errors.ts'

/** Bytes of the wrapping key by the number of the algorithm. */
export const WRAP_KEY_BYTES = new Map([
  [-3, 16],
  [-4, 24],
  [-5, 32],
])

/** The key inside; refused when it was wrapped by another key, or changed. */
export function unwrap(wrappingKey: Uint8Array, wrapped: Uint8Array): Result<Uint8Array> {
  try {
    return { ok: aeskw(wrappingKey).decrypt(wrapped) }
  } catch {
    return refuse('SIG', 'the wrapped key does not open')
  }
}
