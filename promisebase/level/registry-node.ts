/**
 * Which folders this process has open. It is asked before a folder is touched, because a second open inside
 * the process makes the engine lose the lock of the first. It lies on `globalThis`, so that two copies of
 * this package in one process share it.
 */
import { StoreError } from '../errors.ts'

const key = Symbol.for('promisegrid.promisebase.level.open')
const shared = globalThis as typeof globalThis & { [key]?: Set<string> }
const open = (shared[key] ??= new Set<string>())

/** Enters a folder under all its names; answers how to leave. @throws {StoreError} `LOCKED` */
export function enterRegistry(names: readonly string[]): () => void {
  const taken = names.find((name) => open.has(name))
  if (taken !== undefined) throw new StoreError('LOCKED', `${taken} is open in this process`)
  for (const name of names) open.add(name)
  return () => {
    for (const name of names) open.delete(name)
  }
}
