/** The grid that a store belongs to: the one it has, or one that is founded or joined in it. */
import { createGenesis, joinGrid, storedGrid } from '../../../kernel/index.ts'
import { HostError } from '../host-error.ts'
import type { KeyRing, Signer } from '../../../kernel/index.ts'
import type { CryptoProvider, Store } from '../../../promisebase/index.ts'
import type { HostParts } from '../host-parts.ts'
import type { Wiring } from '../interface.ts'
import type { Keys } from '../keys/keys.ts'

/**
 * Who is the node and who the root of this store, which belongs to a grid afterwards.
 * @throws {StoreError | HostError} where the identities of a grid are lost, or none is here and none wanted
 */
export async function settleGrid(
  { store, crypto, keys, now }: Pick<HostParts, 'store' | 'crypto' | 'keys' | 'now'>,
  { identities, grid }: Pick<Wiring, 'identities' | 'grid'>,
  data?: string,
): Promise<OwnSigners> {
  const isNew = !(await hasGrid(store))
  if (isNew && grid === 'stored') throw noGrid(data)
  const own = await ownIdentities(identities, isNew)
  for (const { keySet } of [own.node, own.root]) if (keySet !== undefined) keys.learn(keySet)
  if (grid !== 'stored' && 'join' in grid) await joinGrid(store, grid.join)
  else if (isNew && grid !== 'stored') await foundGrid(store, crypto, keys, own.root, grid.found, now())
  return own
}

interface OwnSigners {
  readonly node: Signer
  readonly root: Signer
}

/** A store that has a grid belongs to the identities that made it: new ones in their place could do nothing. */
async function ownIdentities(identities: Keys, isNew: boolean): Promise<OwnSigners> {
  if (!isNew)
    for (const name of ['node', 'root'])
      if ((await identities.find(name)) === undefined)
        throw new HostError('KEY_FILE', `the identity ${name} of this data folder is lost`, {
          fix: `bring its key file back from a copy; without it, begin anew in another folder`,
        })
  return { node: await identities.identity('node'), root: await identities.identity('root') }
}

function noGrid(data = 'memory'): HostError {
  return new HostError('DATA', `the store in ${data} belongs to no grid`, {
    fix: 'found one there with `grid init`, or restore the folder from a copy',
  })
}

async function hasGrid(store: Store): Promise<boolean> {
  const snapshot = store.snapshot()
  try {
    return (await storedGrid(snapshot)) !== undefined
  } finally {
    snapshot.close()
  }
}

/** Founds a grid in a store without one: its genesis names this host's root. */
async function foundGrid(
  store: Store,
  crypto: CryptoProvider,
  keys: KeyRing,
  root: Signer,
  name: string,
  created: number,
): Promise<void> {
  await joinGrid(
    store,
    createGenesis(crypto, keys, {
      name,
      created,
      nonce: crypto.random(16),
      roots: [root.principal],
      threshold: 1,
    }),
  )
}
