/** Where the identities of a host come from: its data folder, memory, or a place of one's own. */
import { join } from 'node:path'

import { fileKeys } from './file-keys.ts'
import { createKeyLock } from './lock.ts'
import { memoryKeys } from './keys.ts'
import type { CryptoProvider } from '../../../promisebase/index.ts'
import type { Keys } from './keys.ts'

/** What the options of a host say about identities. */
interface IdentitySource {
  readonly data?: string
  readonly identities?: Keys
  readonly passphrase?: string | (() => Promise<string>)
}

/** @throws {TypeError} for a passphrase without `data` */
export function identitiesOf(crypto: CryptoProvider, options: IdentitySource): Keys {
  const { data, identities, passphrase } = options
  // Silence would leave keys in the clear that somebody believes encrypted.
  if (passphrase !== undefined && (data === undefined || identities !== undefined))
    throw new TypeError('passphrase is for the key files in data')
  if (identities !== undefined) return identities
  if (data === undefined) return memoryKeys(crypto)
  const folder = join(data, 'keys')
  if (passphrase === undefined) return fileKeys(crypto, folder)
  const ask = typeof passphrase === 'string' ? (): Promise<string> => Promise.resolve(passphrase) : passphrase
  return fileKeys(crypto, folder, { lock: createKeyLock(ask), encryptsNew: true })
}
