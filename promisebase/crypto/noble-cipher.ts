/** Secret-key encryption in plain JavaScript: the reference, and the provider where there is no other. */
import { gcm } from '@noble/ciphers/aes.js'
import { chacha20poly1305 } from '@noble/ciphers/chacha.js'
import { hkdf } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { createStrictCipher } from './strict-cipher.ts'
import type { CipherProvider, Sealing } from '../interface.ts'
import type { CipherEngine } from './strict-cipher.ts'

/** The engine without its checks; other engines take from it what their platform lacks. */
export const nobleCipherEngine: CipherEngine = {
  name: 'noble',
  seal: (sealing, plaintext) => cipherOf(sealing).encrypt(plaintext),
  open: (sealing, sealed) => {
    try {
      return cipherOf(sealing).decrypt(sealed)
    } catch {
      return undefined
    }
  },
  deriveKey: (secret, salt, info, length) => hkdf(sha256, secret, salt, info, length),
}

export const nobleCipher: CipherProvider = createStrictCipher(nobleCipherEngine)

function cipherOf({ algorithm, key, nonce, additional }: Required<Sealing>) {
  return algorithm === 'AES-256-GCM' ? gcm(key, nonce, additional) : chacha20poly1305(key, nonce, additional)
}
