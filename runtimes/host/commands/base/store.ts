/** The store of a grid for one command of `grid base`: nothing of the grid is looked at, and no key is read. */
import { contentFault } from '../../files/file-fault.ts'
import { nodeCrypto } from '../../powers/crypto.ts'
import { nodeHasher } from '../../powers/hasher.ts'
import { openStore } from '../../data-folder/store.ts'
import { gridFolder } from '../grid-folder.ts'
import { interruptible } from '../interruptible.ts'
import { nameFolder, openFolder } from '../open-host.ts'
import type { OpenSnapshot, Store } from '../../../../promisebase/index.ts'
import type { Session } from '../session.ts'

/**
 * Runs `work` on the store, and closes it. Ctrl-C aborts the signal, which stops work between two transactions.
 * @throws {HostError} MISSING without a store, INTERRUPTED, and for content that cannot be read @throws {StoreError}
 */
export async function withStore<T>(
  session: Session,
  work: (store: Store, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  try {
    const data = await gridFolder(session)
    return await interruptible(async (signal) => {
      await using store = await openFolder({ ...session, data }, () =>
        openStore(nodeCrypto, data, nodeHasher),
      )
      return await work(store, signal)
    })
  } catch (error) {
    throw nameFolder(session, contentFault(error))
  }
}

/** The same for what only reads: all of it as it is now. */
export function withSnapshot<T>(
  session: Session,
  work: (snapshot: OpenSnapshot, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return withStore(session, async (store, signal) => {
    using snapshot = store.snapshot()
    return await work(snapshot, signal)
  })
}
