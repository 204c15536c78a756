/**
 * Space kept for a bad day: `<folder>/ballast`. On a full disk the engine cannot even be opened for reading, since
 * it writes a new manifest first; then the ballast is dropped. It is made again when there is room.
 */
import { open, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import type { StoreFolder } from './files-node.ts'

/** About what the engine writes at opening: what its log held as a table, and a manifest. */
export const BALLAST_BYTES = 8 * 1024 * 1024

const CHUNK_BYTES = 1024 * 1024
/** The ballast is not made when it would take more than this part of what is free. */
const PART_OF_FREE = 0.5

/**
 * Makes it unless it is there, or there is no room. Whatever stands against it does not stand against the store,
 * which works without; if the disk itself is at fault, the engine says so next.
 */
export async function keepBallast(folder: StoreFolder, bytes: number): Promise<void> {
  if (bytes === 0) return
  const path = join(folder.path, 'ballast')
  try {
    const { bavail, bsize } = await statfs(folder.path)
    if (bytes <= bavail * bsize * PART_OF_FREE) await write(path, bytes)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') await rm(path, { force: true })
  }
}

/** True when there was one, and its space is free now. */
export async function dropBallast(folder: StoreFolder): Promise<boolean> {
  try {
    await rm(join(folder.path, 'ballast'))
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}

/** Written, not only given a length: a hole takes no space. */
async function write(path: string, bytes: number): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    const chunk = new Uint8Array(Math.min(bytes, CHUNK_BYTES)).fill(0x5a)
    for (let written = 0; written < bytes; written += chunk.length) {
      await file.write(chunk, 0, Math.min(chunk.length, bytes - written))
    }
  } finally {
    await file.close()
  }
}
