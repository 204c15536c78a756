/** Cryptography that counts how often a signature is verified: work, measured without a clock. */
import type { CryptoProvider } from 'promisegrid/promisebase'

export interface Counting {
  readonly crypto: CryptoProvider
  /** Verifications since the last time this was asked. */
  readonly taken: () => number
}

export function counting(base: CryptoProvider): Counting {
  let verifications = 0
  const verify: CryptoProvider['verify'] = (key, message, signature) => {
    verifications += 1
    return base.verify(key, message, signature)
  }
  const taken = (): number => {
    const count = verifications
    verifications = 0
    return count
  }
  return { crypto: { ...base, verify }, taken }
}
