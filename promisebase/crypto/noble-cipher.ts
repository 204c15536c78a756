/** Secret-key cryptography in plain JavaScript: the reference, and the provider where there is no other. */
import { gcm } from '@noble/ciphers/aes.js'
import { chacha20poly1305, xchacha20poly1305 } from '@noble/ciphers/chacha.js'
import { hkdf } from '@noble/hashes/hkdf.js'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js'
import { createStrictCipher } from './strict-cipher.ts'
import type { CipherProvider, Sealing } from '../interface.ts'
import type { CipherEngine } from './strict-cipher.ts'

/** AES takes its size from the key, which has been checked. */
const CIPHERS = {
  'ChaCha20-Poly1305': chacha20poly1305,
  'XChaCha20-Poly1305': xchacha20poly1305,
  'AES-128-GCM': gcm,
  'AES-192-GCM': gcm,
  'AES-256-GCM': gcm,
}

const HASHES = { 'sha2-256': sha256, 'sha2-384': sha384, 'sha2-512': sha512 }

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
  deriveKey: (hash, secret, salt, info, length) => hkdf(HASHES[hash], secret, salt, info, length),
  mac: (hash, key, message) => hmac(HASHES[hash], key, message),
}

export const nobleCipher: CipherProvider = createStrictCipher(nobleCipherEngine)

function cipherOf({ algorithm, key, nonce, additional }: Required<Sealing>) {
  return CIPHERS[algorithm](key, nonce, additional)
}
