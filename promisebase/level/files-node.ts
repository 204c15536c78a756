/**
 * The folder of a store on Node, and how it comes to be:
 *
 *   <folder>/lock             who has it open (lock-node.ts)
 *   <folder>/level/           the engine's files; it exists only when it is complete
 *   <folder>/level.creating/  left over from a creation that did not end
 *
 * The engine does not flush all it writes at creation; after a power cut in that moment it refuses its own
 * files for ever. So it is created aside, flushed file by file, and given its name at the end.
 */
import { mkdir, open, readdir, realpath, rename, rm, rmdir, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'

export interface StoreFolder {
  readonly path: string
  /** Every name under which this process could come across the folder again. */
  readonly names: readonly string[]
  /** Whether it was made just now, and may go again if nothing comes of it. */
  readonly isNew: boolean
}

/** Makes the folder if need be. */
export async function openFolder(folder: string): Promise<StoreFolder> {
  const isNew = await makeFolder(resolve(folder))
  const path = await realpath(folder)
  const { dev, ino } = await stat(path, { bigint: true })
  return { path, names: [path, `device ${dev} inode ${ino}`], isNew }
}

export function engineFolder(folder: StoreFolder): string {
  return join(folder.path, 'level')
}

/** Creates the engine aside by `create`, unless it is there already. */
export async function createAside(
  folder: StoreFolder,
  create: (path: string) => Promise<void>,
): Promise<void> {
  if (await exists(engineFolder(folder))) return
  const aside = join(folder.path, 'level.creating')
  await rm(aside, { recursive: true, force: true })
  try {
    await create(aside)
    for (const name of await readdir(aside)) await flush(join(aside, name))
    await flush(aside)
    await rename(aside, engineFolder(folder))
  } catch (error) {
    await rm(aside, { recursive: true, force: true })
    throw error
  }
  await flush(folder.path)
}

/** Makes safe from a power cut all that the engine has written to its logs. */
export async function flushLogs(folder: StoreFolder): Promise<void> {
  const path = engineFolder(folder)
  for (const name of await readdir(path)) {
    if (!name.endsWith('.log')) continue
    await flush(join(path, name)).catch((error: NodeJS.ErrnoException) => {
      // What was in it lies flushed in a table by now.
      if (error.code !== 'ENOENT') throw error
    })
  }
}

/** Removes a folder that was made for a store which could not be opened; one that is not empty stays. */
export async function abandonFolder(folder: StoreFolder): Promise<void> {
  if (!folder.isNew) return
  await rmdir(folder.path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOTEMPTY' && error.code !== 'ENOENT' && error.code !== 'EEXIST') throw error
  })
}

/** Makes a folder and those above it, each entry flushed; true when it was not there. */
async function makeFolder(path: string): Promise<boolean> {
  if (await exists(path)) return false
  await makeFolder(dirname(path))
  try {
    await mkdir(path, { mode: 0o700 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
  await flush(dirname(path))
  return true
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}

/** Brings a file, or the names in a folder, to the disk. */
export async function flush(path: string): Promise<void> {
  // Windows flushes no folders, and needs none to be.
  if (process.platform === 'win32' && (await stat(path)).isDirectory()) return
  const file = await open(path, 'r')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}
