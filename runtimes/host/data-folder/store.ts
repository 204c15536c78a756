/** The store of a host: in memory, or in a data folder. */
import { join } from 'node:path'

import { createMemoryBackend, createStore } from '../../../promisebase/index.ts'
import { makeDataFolder } from './make.ts'
import type { CryptoProvider, Hasher, Store } from '../../../promisebase/index.ts'

/** So many moves of each label are kept: labels are moved seldom, and each move costs one entry more. */
const LABEL_MOVES = 64

export async function openStore(
  crypto: CryptoProvider,
  folder: string | undefined,
  hasher?: Hasher,
): Promise<Store> {
  const hashes = { crypto, ...(hasher && { hasher }) }
  if (folder === undefined) return createStore({ ...hashes, backend: createMemoryBackend() })
  // A host in memory, and a program that only reads keys, do without the engine.
  const { openLevelStore } = await import('../../../promisebase/level/index.ts')
  await makeDataFolder(folder)
  return openLevelStore(join(folder, 'store'), { ...hashes, labelHistory: () => LABEL_MOVES })
}
