/** A provider that finds out once what follows from its arguments alone: vectors show the same keys and tokens again and again. */
import { hex } from './json.ts'
import type { CryptoProvider } from 'promisegrid/promisebase'

/** `sign` is left as it is: some signatures of one message differ every time. */
export function remembering(crypto: CryptoProvider): CryptoProvider {
  const remembered = <T>(): ((name: string, find: () => T) => T) => {
    const known = new Map<string, T>()
    return (name, find) => {
      const found = known.get(name) ?? find()
      known.set(name, found)
      return found
    }
  }
  const [verified, admitted, published] = [
    remembered<boolean>(),
    remembered<boolean>(),
    remembered<ReturnType<CryptoProvider['publicKey']>>(),
  ]
  return {
    ...crypto,
    verify: (key, message, signature) =>
      verified([key.algorithm, ...[key.bytes, message, signature].map(hex)].join(), () =>
        crypto.verify(key, message, signature),
      ),
    admitKey: (key) => admitted(`${key.algorithm},${hex(key.bytes)}`, () => crypto.admitKey(key)),
    publicKey: (algorithm, secret) =>
      published(`${algorithm},${hex(secret)}`, () => crypto.publicKey(algorithm, secret)),
  }
}
