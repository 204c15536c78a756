import { join } from 'node:path'
import { describe, test } from 'node:test'
import { Level } from 'level'
import { backendSuite, storeSuite } from 'promisegrid/conformance'
import { createLevelBackend, openLevelBackend } from '../level/index.ts'
import { createStore } from '../store.ts'
import { nodeCrypto } from './node-crypto.ts'
import { temporaryFolder } from './temporary-folder.ts'
import type { Backend } from '../interface.ts'

/** The way browsers take: an engine whose own snapshots are not used. */
async function openOverlay(folder: string): Promise<Backend> {
  const db = new Level<Uint8Array, Uint8Array>(folder, { keyEncoding: 'view', valueEncoding: 'view' })
  await db.open()
  return createLevelBackend(db, { name: 'overlay', overlay: true })
}

for (const [name, open] of [
  ['level', openLevelBackend],
  ['level without engine snapshots', openOverlay],
] as const) {
  describe(`${name} backend`, () =>
    backendSuite({
      test,
      factory: async () => {
        const { path, remove } = await temporaryFolder()
        return { backend: await open(join(path, 'store')), dispose: remove }
      },
    }))

  describe(`store on ${name}`, () =>
    storeSuite({
      test,
      factory: async () => {
        const { path, remove } = await temporaryFolder()
        const openStore = async () =>
          createStore({ backend: await open(join(path, 'store')), crypto: nodeCrypto })
        return { store: await openStore(), reopen: openStore, dispose: remove }
      },
    }))
}
