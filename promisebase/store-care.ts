/**
 * What may be done to a store only by those who look after it (care/): it is no part of what a `Store` offers, since
 * one wrong call loses what others rely on.
 */
import type { CommitWatcher } from './commit-queue.ts'
import type { CryptoProvider, Store, Transaction } from './interface.ts'
import type { QuotaChange } from './quota-book.ts'

export interface StoreCare {
  readonly random: CryptoProvider['random']
  /** See `CommitQueue.listen`. */
  listen(watcher: CommitWatcher): () => void
  /** See `CommitQueue.watch`. */
  watch(watcher: CommitWatcher): Promise<() => void>
  /** A transaction that may call `changeQuota`. */
  changeQuota<T>(work: (transaction: QuotaTransaction) => Promise<T>): Promise<T>
  /**
   * Deletes blocks in one transaction. `admit` is asked when it is committed, after everything before it; false is
   * answered when it was not admitted, and nothing is deleted.
   */
  deleteBlocks(
    multihashes: readonly Uint8Array[],
    admit: () => boolean,
    signal?: AbortSignal,
  ): Promise<boolean>
}

export interface QuotaTransaction extends Transaction {
  changeQuota(change: QuotaChange): void
}

const cares = new WeakMap<Store, StoreCare>()

export function registerCare(store: Store, care: StoreCare): void {
  cares.set(store, care)
}

/** @throws {TypeError} for a store that was not made by `createStore`, such as one wrapped in another */
export function careOf(store: Store): StoreCare {
  const care = cares.get(store)
  if (care === undefined) throw new TypeError('store must be one that createStore has made')
  return care
}
