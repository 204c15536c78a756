/** Reads in one view of the store, which is closed whatever comes of it. */
import type { Snapshot, Store } from '../promisebase/index.ts'

export async function inSnapshot<T>(
  store: Pick<Store, 'snapshot'>,
  read: (snapshot: Snapshot) => Promise<T>,
): Promise<T> {
  const snapshot = store.snapshot()
  try {
    return await read(snapshot)
  } finally {
    snapshot.close()
  }
}
