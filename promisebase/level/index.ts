/** The embedded backend on Node: LevelDB, with the cures it needs to lose nothing. */
import { Level } from 'level'
import { StoreError } from '../errors.ts'
import { createStore } from '../store.ts'
import { createLevelBackend } from './backend-level.ts'
import { BALLAST_BYTES, dropBallast, keepBallast } from './ballast-node.ts'
import { markClosed, unmarkClosed, verifyClosed } from './closed-node.ts'
import { openError } from './engine-error.ts'
import { abandonFolder, createAside, engineFolder, flushLogs, openFolder } from './files-node.ts'
import { lockFolder } from './lock-node.ts'
import { enterRegistry } from './registry-node.ts'
import { verifyFolder, verifyInUse } from './verify-folder.ts'
import type { Backend, Store } from '../interface.ts'
import type { StoreOptions } from '../store.ts'
import type { StoreFolder } from './files-node.ts'
import type { EngineReport } from './verify-folder.ts'

export { restoreFolder } from './restore-folder.ts'
export { createLevelBackend } from './backend-level.ts'
export type { LevelBackendOptions } from './backend-level.ts'
export type { ByteLevel } from './engine-views.ts'
export type { EngineReport } from './verify-folder.ts'
export type { TornTail } from './verify-log.ts'

export interface LevelOptions {
  /**
   * Tables are checked wholly at opening up to so many bytes together, the newest first; 64 MiB by default. Of the
   * others their ends and indexes are; `store.verify()` checks all.
   */
  readonly verifyBytes?: number
  /** Space kept free for opening on a full disk; 8 MiB by default, 0 for none. */
  readonly ballastBytes?: number
  /** Called once the files are found to be whole; `torn` tells of a write that a crash has stopped. */
  readonly onVerified?: (report: EngineReport) => void
}

const VERIFY_BYTES = 64 * 1024 * 1024

/**
 * What the engine gathers in memory, and in its log, before it writes a table: twice its default. Names of blocks come
 * in no order, so that every table is merged into all below it again; with tables twice as large a store of many
 * blocks costs a fifth less to write. It is held at most twice, and read again after a crash.
 */
const WRITE_BUFFER_BYTES = 8 * 1024 * 1024

/**
 * Opens the store in a folder for this process alone; makes it when it is not there. The files are verified
 * before the engine sees them.
 * @throws {StoreError} `LOCKED`, `CORRUPT`, `FULL` or `IO`
 */
export async function openLevelBackend(folder: string, options: LevelOptions = {}): Promise<Backend> {
  try {
    return await openIn(await openFolder(folder), options)
  } catch (error) {
    throw openError(error)
  }
}

/**
 * Opens a store in a folder, and leaves nothing open when it cannot. After `INDETERMINATE`, `IO` or `FULL` close
 * the store and call this again: what was acknowledged is there, and `committed(id)` answers for the rest.
 * @throws {StoreError} as {@link openLevelBackend} and `createStore` do
 */
export async function openLevelStore(
  folder: string,
  options: Omit<StoreOptions, 'backend'> & LevelOptions,
): Promise<Store> {
  const backend = await openLevelBackend(folder, options)
  try {
    return await createStore({ ...options, backend })
  } catch (error) {
    await backend.close()
    throw error
  }
}

async function openIn(folder: StoreFolder, options: LevelOptions): Promise<Backend> {
  const leave = enterRegistry(folder.names)
  try {
    const { db, unlock } = await withRoom(folder, () => openLocked(folder, options))
    return createLevelBackend(db, {
      name: 'level',
      copies: true,
      flushLogs: () => flushLogs(folder),
      verify: (options) => verifyInUse(engineFolder(folder), options),
      afterClose: async (isWhole) => {
        // Without the mark the next opener only knows less.
        if (isWhole) await markClosed(folder).catch(() => undefined)
        await unlock()
        leave()
      },
    })
  } catch (error) {
    leave()
    if (!(error instanceof StoreError && error.code === 'LOCKED')) await abandonFolder(folder)
    throw error
  }
}

async function openLocked(folder: StoreFolder, options: LevelOptions) {
  const unlock = await lockFolder(folder.path)
  try {
    await createAside(folder, createEngine)
    const wholeBytes = options.verifyBytes ?? VERIFY_BYTES
    const report = await verifyFolder(engineFolder(folder), { wholeBytes })
    await verifyClosed(folder, report)
    options.onVerified?.(report)
    await keepBallast(folder, options.ballastBytes ?? BALLAST_BYTES)
    await unmarkClosed(folder)
    const db = await openEngine(engineFolder(folder), { createIfMissing: false })
    return { db, unlock }
  } catch (error) {
    await unlock()
    throw error
  }
}

/** Tries once more without the ballast when the disk is full. */
async function withRoom<T>(folder: StoreFolder, open: () => Promise<T>): Promise<T> {
  try {
    return await open()
  } catch (error) {
    if (openError(error).code !== 'FULL' || !(await dropBallast(folder))) throw error
    return open()
  }
}

async function openEngine(path: string, options: { readonly createIfMissing: boolean }) {
  const db = new Level<Uint8Array, Uint8Array>(path, { keyEncoding: 'view', valueEncoding: 'view' })
  await db.open({ ...options, writeBufferSize: WRITE_BUFFER_BYTES })
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
