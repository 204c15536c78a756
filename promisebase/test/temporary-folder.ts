import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** In memory where the system has such a place: for what is opened very often and need not outlive anything. */
export const MEMORY_FOLDER = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

/** An empty folder for one test, and how to remove it. */
export async function temporaryFolder(parent = tmpdir()): Promise<{
  readonly path: string
  readonly remove: () => Promise<void>
}> {
  const path = await mkdtemp(join(parent, 'promisebase-'))
  return { path, remove: () => rm(path, { recursive: true, force: true }) }
}
