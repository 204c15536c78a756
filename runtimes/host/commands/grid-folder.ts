/** Which folder the grid of `--grid` is in: found by its name here, by the name of the first one, or by its CID. */
import { join } from 'node:path'

import { createKeyRing, readGenesis, storedGrid } from '../../../kernel/index.ts'
import { parseCid } from '../../../promisebase/index.ts'
import { furtherFolder, furtherNames, hasStore } from '../grids/folders.ts'
import { HostError } from '../host-error.ts'
import { isName } from '../keys/keys.ts'
import { nodeCrypto } from '../powers/crypto.ts'
import { openStore } from '../data-folder/store.ts'
import { nameFolder, openFolder } from './open-host.ts'
import type { DataFolder } from './open-host.ts'

/** @throws {HostError} MISSING */
export async function gridFolder(
  folder: DataFolder & { readonly grid: string | undefined },
): Promise<string> {
  const { data, dataName, grid } = folder
  if (!hasStore(data))
    throw new HostError('MISSING', `there is no grid in ${dataName}`, {
      fix: 'make one with `grid init`, or name its folder with --data',
    })
  if (grid === undefined) return data
  if (isName(grid) && hasStore(furtherFolder(data, grid))) return furtherFolder(data, grid)
  const first = await factsOf(folder, data)
  if (first.name === grid || first.cid === grid) return data
  const others = await furtherNames(data)
  // Another store is opened only for what can be its CID.
  if (parseCid(grid).ok !== undefined)
    for (const name of others)
      if ((await factsOf(folder, furtherFolder(data, name))).cid === grid) return furtherFolder(data, name)
  throw new HostError('MISSING', `there is no grid ${JSON.stringify(grid)} in ${dataName}`, {
    fix: `use one of: ${[first.name, ...others].join(', ')}`,
  })
}

/** What a grid is called and what its CID is, read without any key. */
async function factsOf(
  folder: DataFolder,
  place: string,
): Promise<{ readonly name: string; readonly cid: string }> {
  const store = await openFolder(folder, () => openStore(nodeCrypto, place)).catch((error: unknown) => {
    throw nameFolder(folder, error)
  })
  const snapshot = store.snapshot()
  try {
    const bytes = await storedGrid(snapshot)
    const cid = bytes && parseCid(bytes).ok
    const block = cid && (await snapshot.getBlock(cid))
    const genesis = block && readGenesis(createKeyRing(nodeCrypto), block).ok
    if (cid === undefined || genesis === undefined)
      throw new HostError('DATA', `the store in ${join(place, 'store')} belongs to no grid`)
    return { name: genesis.name, cid: cid.toString() }
  } finally {
    snapshot.close()
    await store.close()
  }
}
