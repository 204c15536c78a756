/** The store of a host: in memory, or in a data folder. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'

import { createMemoryBackend, createStore } from '../../promisebase/index.ts'
import { openLevelBackend } from '../../promisebase/level/index.ts'
import { HostError } from './host-error.ts'
import type { CryptoProvider, Store } from '../../promisebase/index.ts'

export async function openStore(crypto: CryptoProvider, folder: string | undefined): Promise<Store> {
  if (folder === undefined) return createStore({ backend: createMemoryBackend(), crypto })
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    throw new HostError('DATA', `${folder} cannot be a data folder: ${error.code ?? error.message}`, {
      cause: error,
      fix: 'name a folder that can be written, or a new one',
    })
  })
  return createStore({ backend: await openLevelBackend(join(folder, 'store')), crypto })
}
