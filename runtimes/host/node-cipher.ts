/** Secret-key encryption by node:crypto, behind the same checks as in plain JavaScript. */
import * as crypto from 'node:crypto'

import { createStrictCipher, nobleCipherEngine } from '../../promisebase/index.ts'
import type { CipherAlgorithm, CipherProvider } from '../../promisebase/index.ts'

const TAG_BYTES = 16
/** node:crypto takes no longer info for HKDF; the standard has no bound. */
const INFO_BYTES_MAX = 1024

/** Both ciphers have one interface; the types of node list them apart. */
const NAMES: Record<CipherAlgorithm, 'aes-256-gcm'> = {
  'AES-256-GCM': 'aes-256-gcm',
  'ChaCha20-Poly1305': 'chacha20-poly1305' as 'aes-256-gcm',
}

export const nodeCipher: CipherProvider = createStrictCipher({
  name: 'node',
  seal: ({ algorithm, key, nonce, additional }, plaintext) => {
    const cipher = crypto.createCipheriv(NAMES[algorithm], key, nonce, { authTagLength: TAG_BYTES })
    cipher.setAAD(additional)
    return joined(cipher.update(plaintext), cipher.final(), cipher.getAuthTag())
  },
  open: ({ algorithm, key, nonce, additional }, sealed) => {
    const at = sealed.length - TAG_BYTES
    const decipher = crypto.createDecipheriv(NAMES[algorithm], key, nonce, { authTagLength: TAG_BYTES })
    decipher.setAAD(additional).setAuthTag(sealed.subarray(at))
    const plaintext = decipher.update(sealed.subarray(0, at))
    try {
      return joined(plaintext, decipher.final())
    } catch {
      // Nobody may see what was not authenticated.
      plaintext.fill(0)
      return undefined
    }
  },
  deriveKey: (secret, salt, info, length) =>
    info.length > INFO_BYTES_MAX
      ? nobleCipherEngine.deriveKey(secret, salt, info, length)
      : new Uint8Array(crypto.hkdfSync('sha256', secret, salt, info, length)),
})

/** Plain bytes of their own, no Buffer from a shared pool. */
function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts))
}
