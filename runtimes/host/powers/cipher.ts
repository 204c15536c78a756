/** Secret-key cryptography by node:crypto, behind the same checks as in plain JavaScript. */
import * as crypto from 'node:crypto'

import { createStrictCipher, nobleCipherEngine } from '../../../promisebase/index.ts'
import type { CipherAlgorithm, CipherProvider, KeyedHash } from '../../../promisebase/index.ts'

const TAG_BYTES = 16
/** node:crypto takes no longer info for HKDF; the standard has no bound. */
const INFO_BYTES_MAX = 1024

/** All have one interface; the types of node list them apart. XChaCha20 is in no OpenSSL. */
const NAMES = new Map<CipherAlgorithm, 'aes-256-gcm'>([
  ['AES-128-GCM', 'aes-128-gcm' as 'aes-256-gcm'],
  ['AES-192-GCM', 'aes-192-gcm' as 'aes-256-gcm'],
  ['AES-256-GCM', 'aes-256-gcm'],
  ['ChaCha20-Poly1305', 'chacha20-poly1305' as 'aes-256-gcm'],
])

const HASHES: Record<KeyedHash, string> = { 'sha2-256': 'sha256', 'sha2-384': 'sha384', 'sha2-512': 'sha512' }

export const nodeCipher: CipherProvider = createStrictCipher({
  name: 'node',
  seal: (sealing, plaintext) => {
    const name = NAMES.get(sealing.algorithm)
    if (name === undefined) return nobleCipherEngine.seal(sealing, plaintext)
    const cipher = crypto.createCipheriv(name, sealing.key, sealing.nonce, { authTagLength: TAG_BYTES })
    cipher.setAAD(sealing.additional)
    return joined(cipher.update(plaintext), cipher.final(), cipher.getAuthTag())
  },
  open: (sealing, sealed) => {
    const name = NAMES.get(sealing.algorithm)
    if (name === undefined) return nobleCipherEngine.open(sealing, sealed)
    const at = sealed.length - TAG_BYTES
    const decipher = crypto.createDecipheriv(name, sealing.key, sealing.nonce, { authTagLength: TAG_BYTES })
    decipher.setAAD(sealing.additional).setAuthTag(sealed.subarray(at))
    const plaintext = decipher.update(sealed.subarray(0, at))
    try {
      return joined(plaintext, decipher.final())
    } catch {
      // Nobody may see what was not authenticated.
      plaintext.fill(0)
      return undefined
    }
  },
  deriveKey: (hash, secret, salt, info, length) =>
    info.length > INFO_BYTES_MAX
      ? nobleCipherEngine.deriveKey(hash, secret, salt, info, length)
      : new Uint8Array(crypto.hkdfSync(HASHES[hash], secret, salt, info, length)),
  mac: (hash, key, message) => Uint8Array.from(crypto.createHmac(HASHES[hash], key).update(message).digest()),
})

/** Plain bytes of their own, no Buffer from a shared pool. */
function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts))
}
