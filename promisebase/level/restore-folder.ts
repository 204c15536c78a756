/** Restores a backup as the store of a folder: made aside, flushed, and given its name when it has been read back. */
import { Level } from 'level'
import { restore } from '../care/backup/restore.ts'
import { createLevelBackend } from './backend-level.ts'
import { openError } from './engine-error.ts'
import { abandonFolder, createAside, openFolder } from './files-node.ts'
import { lockFolder } from './lock-node.ts'
import { enterRegistry } from './registry-node.ts'
import type { ByteChunks } from '../care/car/byte-source.ts'
import type { BackupRefusalCode } from '../care/backup/read-backup.ts'
import type { RestoreOptions, RestoreReport } from '../care/backup/restore.ts'
import type { Result } from '../interface.ts'
import type { StoreFolder } from './files-node.ts'

type Restored = Result<RestoreReport, BackupRefusalCode>

/**
 * As {@link restore}, into a folder in which no store is yet: `OCCUPIED` otherwise, and nothing is touched. Other files
 * in the folder stay. What ends midway, also by a power cut, leaves no store there.
 * @throws {StoreError} `LOCKED`, `FULL`, `IO` @throws what `signal` was aborted with, and what the source throws
 */
export async function restoreFolder(
  chunks: ByteChunks,
  folder: string,
  options: RestoreOptions,
): Promise<Restored> {
  const place = await openFolder(folder).catch(fail)
  let restored: Restored | undefined
  try {
    restored = await whileLocked(place, () => restoreAside(chunks, place, options))
    return restored
  } finally {
    if (restored?.ok === undefined) await abandonFolder(place)
  }
}

async function whileLocked<T>(folder: StoreFolder, work: () => Promise<T>): Promise<T> {
  const leave = enterRegistry(folder.names)
  try {
    const unlock = await lockFolder(folder.path).catch(fail)
    try {
      return await work()
    } finally {
      await unlock()
    }
  } finally {
    leave()
  }
}

async function restoreAside(
  chunks: ByteChunks,
  folder: StoreFolder,
  options: RestoreOptions,
): Promise<Restored> {
  let restored: Restored = { refused: { code: 'OCCUPIED', detail: `there is a store in ${folder.path}` } }
  try {
    await createAside(folder, async (path) => {
      restored = await restoreEngine(chunks, path, options).catch((error: unknown) => {
        throw new NothingRestored({ cause: error })
      })
      if (restored.refused !== undefined) throw new NothingRestored()
    })
  } catch (error) {
    if (!(error instanceof NothingRestored)) fail(error)
    // What the source threw, or the signal, is none of the disk's.
    if (error.cause !== undefined) throw error.cause as Error
  }
  return restored
}

/** Tells {@link createAside} to remove what it was about to name. */
class NothingRestored extends Error {
  constructor(options?: { readonly cause: unknown }) {
    super('nothing was restored', options)
  }
}

async function restoreEngine(chunks: ByteChunks, path: string, options: RestoreOptions): Promise<Restored> {
  const db = new Level<Uint8Array, Uint8Array>(path, { keyEncoding: 'view', valueEncoding: 'view' })
  await db.open({ createIfMissing: true }).catch(fail)
  const backend = createLevelBackend(db, { name: 'level' })
  try {
    return await restore(chunks, backend, options)
  } finally {
    await backend.close()
  }
}

function fail(error: unknown): never {
  throw openError(error)
}
