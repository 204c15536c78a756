/** The real cryptography, counting what is asked of it. */
import type { CryptoProvider } from '../../promisebase/index.ts'

export interface Counts {
  verify: number
  sign: number
  admitKey: number
  /** Signatures that were verified, to see whether one was verified twice. */
  readonly signatures: string[]
  reset(): void
}

export function countingCrypto(base: CryptoProvider): {
  readonly crypto: CryptoProvider
  readonly counts: Counts
} {
  const counts: Counts = {
    verify: 0,
    sign: 0,
    admitKey: 0,
    signatures: [],
    reset: () => {
      counts.verify = counts.sign = counts.admitKey = 0
      counts.signatures.length = 0
    },
  }
  const crypto: CryptoProvider = {
    ...base,
    verify: (key, message, signature) => {
      counts.verify += 1
      counts.signatures.push(Buffer.from(signature).toString('hex'))
      return base.verify(key, message, signature)
    },
    sign: (algorithm, secret, message) => {
      counts.sign += 1
      return base.sign(algorithm, secret, message)
    },
    admitKey: (key) => {
      counts.admitKey += 1
      return base.admitKey(key)
    },
  }
  return { crypto, counts }
}
