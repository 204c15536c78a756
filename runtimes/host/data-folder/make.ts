/** Makes a folder and those above it. */
import { mkdir, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'

import { HostError } from '../host-error.ts'

/** @throws {HostError} DATA */
export async function makeDataFolder(folder: string): Promise<void> {
  await makeFolder(folder).catch((error: NodeJS.ErrnoException) => {
    throw new HostError('DATA', `${folder} cannot be a data folder: ${error.code ?? error.message}`, {
      cause: error,
      fix: 'name a folder that can be written, or a new one',
    })
  })
}

/**
 * One folder at a time: where none can be made, such as below `/proc`, a recursive `mkdir` never ends.
 */
async function makeFolder(folder: string): Promise<void> {
  const path = resolve(folder)
  if (await isFolder(path)) return
  if (dirname(path) !== path) await makeFolder(dirname(path))
  await mkdir(path, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    // Another process was faster.
    if (error.code !== 'EEXIST') throw error
  })
}

async function isFolder(path: string): Promise<boolean> {
  try {
    const found = await stat(path)
    if (!found.isDirectory()) throw Object.assign(new Error(`${path} is no folder`), { code: 'ENOTDIR' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}
