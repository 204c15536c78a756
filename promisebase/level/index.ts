/** The embedded backend on Node: LevelDB, with the cures it needs to lose nothing. */
import { Level } from 'level'
import { StoreError } from '../errors.ts'
import { createLevelBackend } from './backend-level.ts'
import { openError } from './engine-error.ts'
import { abandonFolder, createAside, engineFolder, openFolder } from './files-node.ts'
import { lockFolder } from './lock-node.ts'
import { enterRegistry } from './registry-node.ts'
import type { Backend } from '../interface.ts'
import type { StoreFolder } from './files-node.ts'

export { restoreFolder } from './restore-folder.ts'
export { createLevelBackend } from './backend-level.ts'
export type { LevelBackendOptions } from './backend-level.ts'
export type { ByteLevel } from './engine-views.ts'

/**
 * Opens the store in a folder for this process alone; makes it when it is not there.
 * @throws {StoreError} `LOCKED`, `CORRUPT`, `FULL` or `IO`
 */
export async function openLevelBackend(folder: string): Promise<Backend> {
  try {
    return await openIn(await openFolder(folder))
  } catch (error) {
    throw openError(error)
  }
}

async function openIn(folder: StoreFolder): Promise<Backend> {
  const leave = enterRegistry(folder.names)
  try {
    const unlock = await lockFolder(folder.path)
    try {
      await createAside(folder, createEngine)
      const db = await openEngine(engineFolder(folder), { createIfMissing: false })
      return createLevelBackend(db, {
        name: 'level',
        afterClose: async () => {
          await unlock()
          leave()
        },
      })
    } catch (error) {
      await unlock()
      throw error
    }
  } catch (error) {
    leave()
    if (!(error instanceof StoreError && error.code === 'LOCKED')) await abandonFolder(folder)
    throw error
  }
}

async function openEngine(path: string, options: { readonly createIfMissing: boolean }) {
  const db = new Level<Uint8Array, Uint8Array>(path, { keyEncoding: 'view', valueEncoding: 'view' })
  await db.open(options)
  return db
}

/** An engine that has written and flushed once, so that all its files are there. */
async function createEngine(path: string): Promise<void> {
  const db = await openEngine(path, { createIfMissing: true })
  try {
    const key = Uint8Array.of(0)
    await db.batch(
      [
        { type: 'put', key, value: key },
        { type: 'del', key },
      ],
      { sync: true },
    )
  } finally {
    await db.close()
  }
}
