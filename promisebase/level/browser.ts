/** The embedded backend in browsers: IndexedDB, opened by one tab at a time. */
import { Level } from 'level'
import { StoreError } from '../errors.ts'
import { createStore } from '../store.ts'
import { createLevelBackend } from './backend-level.ts'
import { openError } from './engine-error.ts'
import type { Backend, Store } from '../interface.ts'
import type { StoreOptions } from '../store.ts'

export { createLevelBackend } from './backend-level.ts'
export type { LevelBackendOptions } from './backend-level.ts'
export type { ByteLevel } from './engine-views.ts'

/**
 * Opens the database of this name; makes it when it is not there. How soon a write is safe from a power cut
 * is the browser's decision: IndexedDB offers no more.
 * @throws {StoreError} `LOCKED`, `FULL` or `IO`
 */
export async function openLevelBackend(name: string): Promise<Backend> {
  const unlock = await lockName(`promisebase ${name}`)
  try {
    const db = new Level<Uint8Array, Uint8Array>(name, { keyEncoding: 'view', valueEncoding: 'view' })
    await db.open()
    // IndexedDB answers when the system has it, unless a browser was told otherwise.
    return createLevelBackend(db, {
      name: 'indexeddb',
      durability: 'buffered',
      afterClose: async () => unlock(),
    })
  } catch (error) {
    unlock()
    throw openError(error)
  }
}

/**
 * Opens a store in the database of this name, and leaves nothing open when it cannot.
 * @throws {StoreError} as {@link openLevelBackend} and `createStore` do
 */
export async function openLevelStore(name: string, options: Omit<StoreOptions, 'backend'>): Promise<Store> {
  const backend = await openLevelBackend(name)
  try {
    return await createStore({ ...options, backend })
  } catch (error) {
    await backend.close()
    throw error
  }
}

/** Holds a lock of the origin until it is released or the tab goes. */
function lockName(name: string): Promise<() => void> {
  return new Promise((resolve, reject) => {
    const held = navigator.locks.request(name, { ifAvailable: true }, (lock) => {
      if (lock === null) throw new StoreError('LOCKED', `${name} is open in another tab or part of this one`)
      return new Promise<void>((release) => resolve(release))
    })
    held.catch((error: unknown) => reject(openError(error)))
  })
}
