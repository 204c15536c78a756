/**
 * What may be done to a store only by those who look after it (care/): it is no part of what a `Store` offers, since
 * one wrong call loses what others rely on.
 */
import type { BatchKeeper, CommitWatcher, CommitWitness } from './commit-queue.ts'
import type { CryptoProvider, Store, Transaction } from './interface.ts'
import type { QuotaChange } from './quota-book.ts'
import type { Admission } from './transaction.ts'

export interface StoreCare {
  readonly random: CryptoProvider['random']
  /** See `CommitQueue.listen`. */
  listen(watcher: CommitWatcher): () => void
  /** See `CommitQueue.watch`. */
  watch(witness: CommitWitness): Promise<() => void>
  /** See `CommitQueue.hear`. */
  hear(): Promise<void>
  /** See `CommitQueue.keep`. */
  keep(keeper: BatchKeeper): () => void
  /**
   * Commits what `stage` has staged at once, before anything that is committed later; it looks at nothing, and writes
   * only into spaces that never have a quota.
   */
  write(stage: (transaction: Pick<Transaction, 'put' | 'delete'>) => void): Promise<void>
  /** A transaction that may call `changeQuota`. */
  changeQuota<T>(work: (transaction: QuotaTransaction) => Promise<T>): Promise<T>
  /**
   * Deletes blocks in one transaction. False is answered when it was not admitted, and nothing is deleted.
   */
  deleteBlocks(
    multihashes: readonly Uint8Array[],
    admission: Admission,
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
