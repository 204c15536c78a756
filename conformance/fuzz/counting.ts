/** Cryptography that notes each verdict on a signature: work, measured without a clock. */
import type { CryptoProvider } from 'promisegrid/promisebase'

export interface Counting {
  readonly crypto: CryptoProvider
  /** Verdicts since the last time this was asked, in their order. */
  readonly taken: () => readonly boolean[]
}

export function counting(base: CryptoProvider): Counting {
  const verdicts: boolean[] = []
  const verify: CryptoProvider['verify'] = (key, message, signature) => {
    const verdict = base.verify(key, message, signature)
    verdicts.push(verdict)
    return verdict
  }
  return { crypto: { ...base, verify }, taken: () => verdicts.splice(0) }
}
