import { createHash, randomBytes } from 'node:crypto'
import type { CryptoProvider } from '../interface.ts'

/** What the store needs of cryptography, from Node. */
export const nodeCrypto: Pick<CryptoProvider, 'sha256' | 'random'> = {
  sha256: (bytes) => new Uint8Array(createHash('sha256').update(bytes).digest()),
  random: (length) => new Uint8Array(randomBytes(length)),
}
