/**
 * Where the grids of a data folder are (spec/grids.md, "Place"):
 *
 *   DATA/store              the first grid
 *   DATA/grids/NAME/store   each further one, under its name here
 */
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'

import { HostError } from '../host-error.ts'
import { isName } from '../keys/keys.ts'
import { makeDataFolder } from '../data-folder/make.ts'

const FURTHER = 'grids'
const STORE = 'store'

export function hasStore(folder: string): boolean {
  return existsSync(join(folder, STORE))
}

/** The folder of a further grid. */
export function furtherFolder(data: string, name: string): string {
  return join(data, FURTHER, name)
}

/** Names of the further grids; what was begun and not finished has no name that counts. */
export async function furtherNames(data: string): Promise<readonly string[]> {
  const found = await readdir(join(data, FURTHER)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw new HostError('DATA', `${join(data, FURTHER)} cannot be read: ${error.code ?? error.message}`, {
      cause: error,
    })
  })
  return found.filter((name) => isName(name) && hasStore(furtherFolder(data, name))).sort()
}

/**
 * Makes a store aside and puts it in its place at the end: a store without a grid, or one that has not heard of all
 * policy, is never found there, also when the power goes. `make` must have closed it.
 */
export async function makeStore<T>(
  data: string,
  place: string,
  make: (aside: string) => Promise<T>,
  isGood: (made: T) => boolean,
): Promise<T> {
  await makeDataFolder(join(data, FURTHER))
  const aside = await mkdtemp(join(data, FURTHER, '.new-'))
  try {
    const made = await make(aside)
    if (!isGood(made)) return made
    await makeDataFolder(place)
    await rename(join(aside, STORE), join(place, STORE)).catch((error: NodeJS.ErrnoException) => {
      throw new HostError('DATA', `${place} cannot hold a new grid: ${error.code ?? error.message}`, {
        cause: error,
      })
    })
    return made
  } finally {
    await rm(aside, { recursive: true, force: true })
  }
}
