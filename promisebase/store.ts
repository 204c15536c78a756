/** All semantics of the store, once, over any backend. */
import { bytesOfText } from './binary-text.ts'
import { storeHasher } from './block.ts'
import { decodeSequence } from './commit-record.ts'
import { CommitQueue } from './commit-queue.ts'
import { describeKey } from './describe-key.ts'
import { isFlushed } from './durability.ts'
import { StoreError } from './errors.ts'
import { kindOfKey, labelName, partsOfEntryKey, transactionKey } from './keys.ts'
import { openHead } from './open-head.ts'
import { accountsIn, QuotaBook } from './quota-book.ts'
import { scrub } from './scrub.ts'
import { SealedSnapshot } from './sealed.ts'
import { StoreSnapshot } from './snapshot.ts'
import { registerCare } from './store-care.ts'
import { storeLimits } from './store-limits.ts'
import { bytesOfId, createTransactionIds } from './transaction-id.ts'
import { keptMoves } from './streams/label-history.ts'
import { ChangeFeed } from './streams/change-feed.ts'
import { StagedTransaction } from './transaction.ts'
import { View } from './view.ts'
import type { Head } from './commit-record.ts'
import type {
  Backend,
  ChangesOptions,
  CryptoProvider,
  Durability,
  Hasher,
  LabelMove,
  OpenSnapshot,
  Store,
  StoreChange,
  TransactOptions,
  Transaction,
  VerifyOptions,
  VerifyReport,
} from './interface.ts'
import type { StoreLimits } from './store-limits.ts'
import type { Admission, TransactionHost } from './transaction.ts'

export interface StoreOptions {
  /**
   * Belongs to the store from here on, and closing the store closes it. Nobody else writes to what it holds, except
   * other stores where the backend is shared.
   */
  readonly backend: Backend
  readonly crypto: Pick<CryptoProvider, 'sha256' | 'random'>
  readonly limits?: Partial<StoreLimits>
  /**
   * Further hashes by which blocks of others are taken and found; sha2-256 is there always, and names every
   * block that has no name yet. A block whose hash is missing here is as good as absent.
   */
  readonly hasher?: Hasher
  /** How many moves of a label are kept, for {@link Store.labelHistory}; none without it, and at no cost. */
  readonly labelHistory?: (name: string) => number
}

/**
 * Opens the store that a backend holds; an empty backend becomes an empty store.
 * @throws {StoreError} `CORRUPT` when commits are missing, `VERSION` when another version wrote it
 */
export async function createStore(options: StoreOptions): Promise<Store> {
  const head = await openHead(options.backend)
  const store = new PromiseStore(options, head)
  await store.loadQuotas()
  return store
}

const RETRIES = 8

class PromiseStore implements Store {
  readonly #backend: Backend
  readonly #commits: CommitQueue
  readonly #quotas = new QuotaBook()
  readonly #feed = new ChangeFeed()
  readonly #nextId: () => string
  readonly #host: TransactionHost
  #newest: View | undefined
  #closing: Promise<void> | undefined

  constructor(options: StoreOptions, head: Head) {
    const { sha256 } = options.crypto
    const hasher = storeHasher(sha256, options.hasher)
    this.#backend = options.backend
    this.#commits = new CommitQueue({
      backend: options.backend,
      head,
      sha256,
      hasher,
      beforeWrite: () => this.#forgetNewest(),
      quotas: this.#quotas,
      feed: this.#feed,
    })
    this.#nextId = createTransactionIds(options.crypto.random)
    this.#host = {
      hasher,
      limits: storeLimits(options.limits),
      enter: () => this.#enter(),
      labelHistory: options.labelHistory,
      throwIfClosed: () => this.#throwIfClosed(),
    }
    registerCare(this, {
      random: options.crypto.random,
      listen: (watcher) => this.#commits.listen(watcher),
      watch: (witness) => this.#commits.watch(witness),
      hear: () => this.#hear(),
      keep: (keeper) => this.#commits.keep(keeper),
      write: (stage) => this.#write(stage),
      changeQuota: (work) => this.#transact(work, {}),
      deleteBlocks: (multihashes, admission, signal) => this.#deleteBlocks(multihashes, admission, signal),
    })
  }

  get isShared(): boolean {
    return this.#backend.shared !== undefined
  }

  get durability(): Durability {
    return this.#backend.durability ?? 'flushed'
  }

  snapshot(): OpenSnapshot {
    this.#throwIfClosed()
    return new StoreSnapshot(this.#view(), this.#host.hasher, this.#host.throwIfClosed)
  }

  transact<T>(work: (transaction: Transaction) => Promise<T> | T, options: TransactOptions = {}): Promise<T> {
    return this.#transact(work, options)
  }

  /** Which spaces have quotas, and what they hold: kept in memory from here on. */
  async loadQuotas(): Promise<void> {
    const snapshot = this.#sealed()
    try {
      this.#quotas.load(await accountsIn(snapshot))
    } finally {
      snapshot.close()
    }
  }

  async #transact<T>(
    work: (transaction: StagedTransaction) => Promise<T> | T,
    options: TransactOptions,
  ): Promise<T> {
    const id = this.#nextId()
    const retries = options.retries ?? RETRIES
    let contradicted: string | undefined
    for (let attempt = 0; attempt <= retries; attempt++) {
      options.signal?.throwIfAborted()
      this.#throwIfClosed()
      this.#commits.throwIfFailed()
      const end = await this.#attempt(id, work, options)
      if ('result' in end) return end.result
      contradicted = end.contradicted
    }
    throw conflict(contradicted, retries)
  }

  async committed(transactionId: string): Promise<boolean> {
    if (!/^[0-9a-f]{32}$/.test(transactionId))
      throw new TypeError('transactionId is not the id of a transaction')
    this.#throwIfClosed()
    this.#commits.throwIfFailed()
    const { shared } = this.#backend
    if (shared !== undefined) return this.#commits.hasCommitted(shared, transactionId)
    const view = this.#view()
    try {
      return (await view.snapshot.get(transactionKey(bytesOfId(transactionId)))) !== undefined
    } finally {
      view.release()
    }
  }

  async *labelHistory(
    name: string,
    { limit }: { readonly limit?: number } = {},
  ): AsyncGenerator<LabelMove, void, undefined> {
    this.#throwIfClosed()
    const view = this.#view()
    const snapshot = new StoreSnapshot(view, this.#host.hasher, this.#host.throwIfClosed)
    try {
      for await (const move of keptMoves(snapshot, name, limit)) {
        const position = await view.snapshot.get(transactionKey(bytesOfId(move.transaction)))
        yield { ...move, sequence: decodeSequence(position) }
      }
    } finally {
      snapshot.close()
    }
  }

  changes(options: ChangesOptions = {}): AsyncIterableIterator<StoreChange> {
    this.#throwIfClosed()
    this.#commits.throwIfFailed()
    options.signal?.throwIfAborted()
    return this.#feed.open(this.#commits.sequence, options)
  }

  async verify(options?: VerifyOptions): Promise<VerifyReport> {
    this.#throwIfClosed()
    return scrub(this.#backend, this.#host.hasher, options)
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #deleteBlocks(
    multihashes: readonly Uint8Array[],
    admission: Admission,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    signal?.throwIfAborted()
    this.#throwIfClosed()
    this.#commits.throwIfFailed()
    const work = (transaction: StagedTransaction) => transaction.deleteBlocks(multihashes, admission)
    const end = await this.#attempt(this.#nextId(), work, signal === undefined ? {} : { signal })
    return 'result' in end
  }

  /** The first attempt is on its way when this returns: a store that is closed at once still writes it. */
  async #write(stage: (transaction: StagedTransaction) => void): Promise<void> {
    for (let attempt = 0; attempt <= RETRIES; attempt++) {
      this.#throwIfClosed()
      const transaction = new StagedTransaction(this.#nextId(), this.#host)
      stage(transaction)
      transaction.reckonNothing()
      transaction.seal()
      if (await this.#commits.submit(transaction, true)) return
    }
    throw conflict(undefined, RETRIES)
  }

  async #hear(): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      this.#throwIfClosed()
      try {
        return await this.#commits.hear()
      } catch (error) {
        if (!(error instanceof StoreError && error.code === 'CONFLICT') || attempt === RETRIES) throw error
      }
    }
  }

  /** One run of `work` and its commit; the key, where it is known, when it is in conflict. */
  async #attempt<T>(
    id: string,
    work: (transaction: StagedTransaction) => Promise<T> | T,
    options: TransactOptions,
  ): Promise<{ readonly result: T } | { readonly contradicted: string | undefined }> {
    const durable = isFlushed(options)
    const transaction = new StagedTransaction(id, this.#host, options.by)
    try {
      const result = await work(transaction)
      if (!this.#quotas.isEmpty) await transaction.reckon(this.#quotas)
      transaction.seal()
      if (transaction.writes.size === 0) return { result }
      this.#throwIfClosed()
      if (await this.#commits.submit(transaction, durable, options.signal)) return { result }
      return { contradicted: transaction.reads.contradicted }
    } finally {
      transaction.seal()
      if (transaction.entered !== undefined) this.#commits.history.leave(transaction.entered)
    }
  }

  #enter(): View {
    const view = this.#view()
    this.#commits.history.enter(view.version)
    return view
  }

  /** The newest state, shared by all who begin before the next commit. */
  #view(): View {
    const version = this.#commits.visible
    // Others may have written since; and who asks a database for the same at once shares it there.
    if (this.#backend.shared !== undefined) return new View(version, this.#sealed())
    if (this.#newest?.version !== version) {
      this.#forgetNewest()
      this.#newest = new View(version, this.#sealed())
    }
    return this.#newest.retain()
  }

  #sealed(): SealedSnapshot {
    return new SealedSnapshot(this.#backend.snapshot())
  }

  #forgetNewest(): void {
    this.#newest?.release()
    this.#newest = undefined
  }

  async #close(): Promise<void> {
    await this.#commits.idle()
    this.#feed.end()
    this.#forgetNewest()
    await this.#backend.close()
  }

  #throwIfClosed(): void {
    if (this.#closing !== undefined) throw new StoreError('CLOSED')
  }
}

/** Names what was changed under the last attempt; a transaction that was open for too long only knows that it was. */
function conflict(contradicted: string | undefined, retries: number): StoreError {
  const given = `given up after ${retries} retries`
  if (contradicted === undefined) return new StoreError('CONFLICT', given)
  const key = bytesOfText(contradicted)
  const at = kindOfKey(key) === 'label' ? { label: labelName(key) } : { ...partsOfEntryKey(key) }
  return new StoreError('CONFLICT', `${describeKey(key)}, ${given}`, { at })
}
