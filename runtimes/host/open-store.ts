/** The store of a host: in memory, or in a data folder. */
import { join } from 'node:path'

import { createMemoryBackend, createStore } from '../../promisebase/index.ts'
import { makeDataFolder } from './make-folder.ts'
import type { CryptoProvider, Store } from '../../promisebase/index.ts'

export async function openStore(crypto: CryptoProvider, folder: string | undefined): Promise<Store> {
  if (folder === undefined) return createStore({ backend: createMemoryBackend(), crypto })
  // A host in memory, and a program that only reads keys, do without the engine.
  const { openLevelBackend } = await import('../../promisebase/level/index.ts')
  await makeDataFolder(folder)
  return createStore({ backend: await openLevelBackend(join(folder, 'store')), crypto })
}
