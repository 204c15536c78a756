/**
 * Commits, one batch at a time. What arrives while a batch is being written waits, is then checked one after
 * another, and is written together: one flush of the disk serves all of them.
 */
import { binaryText } from './binary-text.ts'
import { chain, decodeHead } from './commit-record.ts'
import { StoreError } from './errors.ts'
import { blocksUnder, foreignWrites } from './foreign-writes.ts'
import { History } from './history.ts'
import { HEAD_KEY, isBlockKey, transactionKey } from './keys.ts'
import { accountsIn, isAccountKey } from './quota-book.ts'
import { openEntries, openValue, sealWrite } from './sealed.ts'
import { STORE_LIMITS } from './store-limits.ts'
import { bytesOfId } from './transaction-id.ts'
import type { Head, Sha256 } from './commit-record.ts'
import type { Backend, BackendWrite, ChangedKeys, Hasher, SharedBackend, WriteTurn } from './interface.ts'
import type { QuotaBook } from './quota-book.ts'
import type { ChangeFeed } from './streams/change-feed.ts'
import type { StagedTransaction } from './transaction.ts'

interface Waiting {
  readonly transaction: StagedTransaction
  readonly durable: boolean
  readonly signal: AbortSignal | undefined
  /** True when it is committed, false when it is in conflict and may be tried again. */
  readonly resolve: (committed: boolean) => void
  readonly reject: (reason: unknown) => void
}

export interface CommitQueueOptions {
  readonly backend: Backend
  readonly head: Head
  readonly sha256: Sha256
  readonly hasher: Hasher
  /** Called before each batch: a backend writes faster when nobody keeps the state before it. */
  readonly beforeWrite: () => void
  readonly quotas: QuotaBook
  readonly feed: ChangeFeed
}

/**
 * Told of the writes of each transaction when it is accepted, before it is written; what it throws would stop the
 * store.
 */
export type CommitWatcher = (writes: Iterable<BackendWrite>) => void

/** Told of what is committed, by this store as it is accepted, and by others as soon as it is heard of. */
export interface CommitWitness {
  hear: CommitWatcher
  /** Others have written what is not known any more, or cannot be read for this cause. */
  miss(cause?: unknown): void
}

/** Writes more into each batch of a shared store. */
export interface BatchKeeper {
  /** What goes into the batch of these writes; values not sealed. */
  writesFor(writes: readonly BackendWrite[], turn: WriteTurn): Promise<readonly BackendWrite[]>
  /** Whether the batch is certainly there. */
  settle(isWritten: boolean): void
}

interface Listening {
  readonly resolve: () => void
  readonly reject: (reason: unknown) => void
}

export class CommitQueue {
  readonly history = new History()
  readonly #backend: Backend
  readonly #sha256: Sha256
  readonly #hasher: Hasher
  readonly #beforeWrite: () => void
  readonly #quotas: QuotaBook
  readonly #feed: ChangeFeed
  #head: Head
  #waiting: Waiting[] = []
  #writing: Promise<void> | undefined
  /** The group that is being written, or the last one that was. */
  #group: Promise<void> = Promise.resolve()
  readonly #watchers = new Set<CommitWatcher>()
  readonly #witnesses = new Set<CommitWitness>()
  readonly #keepers = new Set<BatchKeeper>()
  #listening: Listening[] = []
  #failure: StoreError | undefined
  /** Of a shared backend: what the book says may not be what the store holds. */
  #quotasDoubtful = false
  /**
   * Transactions accepted, and those of them that a new snapshot is sure to see. Of a shared backend the numbers of
   * its batches instead; 0 as long as none is known.
   */
  #accepted = 0
  #visible = 0

  constructor(options: CommitQueueOptions) {
    this.#backend = options.backend
    this.#head = options.head
    this.#sha256 = options.sha256
    this.#hasher = options.hasher
    this.#beforeWrite = options.beforeWrite
    this.#quotas = options.quotas
    this.#feed = options.feed
  }

  /** Number of the newest batch in the store. */
  get sequence(): number {
    return this.#head.sequence
  }

  get visible(): number {
    return this.#visible
  }

  /** Commits, or answers false when something the transaction read has been changed. */
  submit(transaction: StagedTransaction, durable: boolean, signal?: AbortSignal): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ transaction, durable, signal, resolve, reject })
      this.#writing ??= this.#drain()
    })
  }

  /** @throws {StoreError} `IO` once a write has failed: what the engine says afterwards is not to be trusted */
  throwIfFailed(): void {
    if (this.#failure) throw notStarted(this.#failure)
  }

  /** Tells `watcher` of every transaction accepted from now on, until the answer is called. */
  listen(watcher: CommitWatcher): () => void {
    this.#watchers.add(watcher)
    return () => void this.#watchers.delete(watcher)
  }

  /**
   * Listens likewise, and to others. Resolved when all that were accepted before can be seen: a snapshot and the
   * witness together miss nothing.
   */
  async watch(witness: CommitWitness): Promise<() => void> {
    await this.hear()
    const end = this.listen((writes) => witness.hear(writes))
    this.#witnesses.add(witness)
    await this.#group
    return () => {
      end()
      this.#witnesses.delete(witness)
    }
  }

  /** Resolves when all is heard of that others have written by now. @throws {StoreError} of the turn */
  async hear(): Promise<void> {
    if (this.#backend.shared === undefined) return
    await new Promise<void>((resolve, reject) => {
      this.#listening.push({ resolve, reject })
      this.#writing ??= this.#drain()
    })
  }

  /** Asks `keeper` at each batch of a shared backend, until the answer is called. */
  keep(keeper: BatchKeeper): () => void {
    this.#keepers.add(keeper)
    return () => void this.#keepers.delete(keeper)
  }

  /** Resolves when nothing is being written any more. */
  async idle(): Promise<void> {
    await this.#writing
  }

  async #drain(): Promise<void> {
    // Whoever submits in this same turn joins the first group.
    await Promise.resolve()
    while (this.#waiting.length + this.#listening.length > 0) {
      if (this.#failure) this.#refuseAll(this.#failure)
      else await (this.#group = this.#writeGroup(this.#nextGroup()))
    }
    this.#writing = undefined
  }

  #nextGroup(): Waiting[] {
    const group: Waiting[] = []
    let bytes = 0
    while (group.length < STORE_LIMITS.groupTransactions && group.length < this.#waiting.length) {
      const next = this.#waiting[group.length]!
      bytes += next.transaction.bytes
      if (group.length > 0 && bytes > STORE_LIMITS.transactionBytes) break
      group.push(next)
    }
    this.#waiting = this.#waiting.slice(group.length)
    return group
  }

  /** Whether a transaction is in the store, also when its commit may still be under way on a lost connection. */
  async hasCommitted(shared: SharedBackend, id: string): Promise<boolean> {
    const turn = await shared.takeTurn()
    try {
      return (await turn.get(transactionKey(bytesOfId(id)))) !== undefined
    } finally {
      await turn.abandon()
    }
  }

  async #writeGroup(group: readonly Waiting[]): Promise<void> {
    const { shared } = this.#backend
    if (shared !== undefined) await this.#writeInTurn(shared, group)
    else {
      const accepted = group.filter((waiting) => this.#accept(waiting))
      if (accepted.length > 0) await this.#write(accepted)
    }
    // Whoever lost tries again only now: before, it would have read the same old state once more.
    for (const waiting of group) waiting.resolve(false)
  }

  /** Hears first what others have written; from then on nobody else writes until this group is there. */
  async #writeInTurn(shared: SharedBackend, group: readonly Waiting[]): Promise<void> {
    let turn: WriteTurn | undefined
    const listening = this.#listening.splice(0)
    try {
      turn = await shared.takeTurn(this.#visible === 0 ? undefined : this.#visible)
      await this.#learn(turn)
      const blocks = blocksUnder(turn, this.#hasher)
      for (const { transaction } of group) await transaction.prepare(blocks)
    } catch (cause) {
      await turn?.abandon()
      for (const { reject } of listening) reject(cause)
      this.#endWithout(group, cause)
      return
    }
    for (const { resolve } of listening) resolve()
    const own = turn
    const accepted = group.filter((waiting) => this.#accept(waiting, own))
    if (accepted.length > 0) await this.#write(accepted, own)
    else await own.abandon()
  }

  async #learn(turn: WriteTurn): Promise<void> {
    const newest = turn.number - 1
    const isNew = this.#visible !== newest
    if (this.#quotasDoubtful || (isNew && mayHaveCounted(turn.changed))) await this.#count(turn)
    if (!isNew) return
    await this.#tell(turn)
    const known = this.#head.sequence
    const head = await turn.get(HEAD_KEY)
    this.#head = decodeHead(head && openValue(HEAD_KEY, head))
    if (turn.changed === undefined) {
      this.history.forgetUpTo(newest)
      this.#feed.miss(known + 1, this.#head.sequence)
    } else this.#hear(turn.changed, newest - this.#head.sequence)
    this.#accepted = newest
    this.#visible = newest
  }

  /** Those who are to hear of everything: what cannot be read is theirs to bear, not that of who commits here. */
  async #tell(turn: WriteTurn): Promise<void> {
    const witnesses = [...this.#witnesses]
    if (witnesses.length === 0) return
    if (turn.changed === undefined) return witnesses.forEach((witness) => witness.miss())
    try {
      for await (const writes of foreignWrites(turn, turn.changed, this.#hasher))
        for (const witness of witnesses) witness.hear(writes)
    } catch (cause) {
      if (!(cause instanceof StoreError && cause.code === 'CORRUPT')) throw cause
      for (const witness of witnesses) witness.miss(cause)
    }
  }

  /** What spaces with a quota hold, others have changed as well. */
  async #count(turn: WriteTurn): Promise<void> {
    this.#quotas.load(await accountsIn({ range: (range) => openEntries(turn.range(range)) }))
    this.#quotasDoubtful = false
  }

  /** A batch has its number from the backend; that of its commit is smaller by so many batches that were none. */
  #hear(changed: readonly ChangedKeys[], others: number): void {
    for (const { number, keys, deleted = keys } of changed) {
      const texts = keys.map(binaryText)
      this.history.add(number, texts, deleted.some(isBlockKey))
      this.#feed.add(number - others, texts)
    }
  }

  /** Checks a transaction against all before it, those of the same group included. */
  #accept({ transaction, signal, reject }: Waiting, turn?: WriteTurn): boolean {
    if (signal?.aborted) {
      reject(signal.reason)
      return false
    }
    const since = transaction.since ?? this.#accepted
    if (!transaction.reads.isEmpty && this.history.contradicts(transaction.reads, since)) return false
    if (!transaction.isAdmitted() || !this.#quotas.isCurrent(transaction)) return false
    const excess = this.#quotas.excess(transaction)
    if (excess !== undefined) {
      reject(excess)
      return false
    }
    this.#quotas.apply(transaction)
    if (turn === undefined) this.#accepted += 1
    this.history.add(
      turn?.number ?? this.#accepted,
      [...transaction.writes.keys()],
      transaction.deletesBlocks,
    )
    for (const watcher of this.#watchers) watcher(transaction.writes.values())
    return true
  }

  async #write(accepted: readonly Waiting[], turn?: WriteTurn): Promise<void> {
    const writes: BackendWrite[] = []
    for (const { transaction } of accepted) writes.push(...transaction.writes.values())
    writes.push(...this.#quotas.takeWrites().map(sealWrite))
    const ids = accepted.map(({ transaction }) => bytesOfId(transaction.id))
    let link: ReturnType<typeof chain>
    try {
      if (turn !== undefined) writes.push(...(await this.#kept(writes, turn)))
      // In here also for want of memory: whoever waits would wait for ever.
      link = chain(this.#head, writes, ids, this.#sha256)
      this.#beforeWrite()
      const options = { durable: accepted.some(({ durable }) => durable) }
      const all = [...writes, ...link.writes.map(sealWrite)]
      if (turn === undefined) await this.#backend.batch(all, options)
      else await turn.commit(all, options)
    } catch (cause) {
      if (turn === undefined) this.#fail(accepted, cause)
      else {
        // They are counted, and are not written, or perhaps are.
        this.#quotasDoubtful = true
        await turn.abandon()
        this.#settle(false)
        this.history.takeBack(turn.number)
        this.#endWithout(accepted, cause)
      }
      return
    }
    if (turn !== undefined) {
      this.#accepted = turn.number
      this.#settle(true)
    }
    this.#head = link.head
    this.#visible = this.#accepted
    this.history.forget(this.#visible)
    if (this.#feed.isWatched) this.#feed.add(link.head.sequence, writes.map(textOfKey))
    for (const waiting of accepted) waiting.resolve(true)
  }

  async #kept(writes: readonly BackendWrite[], turn: WriteTurn): Promise<BackendWrite[]> {
    const kept: BackendWrite[] = []
    for (const keeper of this.#keepers) kept.push(...(await keeper.writesFor(writes, turn)).map(sealWrite))
    return kept
  }

  #settle(isWritten: boolean): void {
    for (const keeper of this.#keepers) keeper.settle(isWritten)
  }

  #fail(accepted: readonly Waiting[], cause: unknown): void {
    const known = cause instanceof StoreError ? cause : undefined
    this.#failure = known ?? new StoreError('INDETERMINATE', undefined, { cause })
    this.#feed.end(notStarted(this.#failure))
    for (const { transaction, reject } of accepted) {
      reject(new StoreError(this.#failure.code, `transaction ${transaction.id}`, { cause }))
    }
  }

  /**
   * Of a shared backend: the next turn reads the head anew, so a failure is nobody's but theirs. A conflict with
   * others, which a database may notice only now, is tried again like any other.
   */
  #endWithout(group: readonly Waiting[], cause: unknown): void {
    const known = cause instanceof StoreError ? cause : undefined
    if (known?.code === 'CONFLICT') return
    for (const { transaction, reject } of group)
      reject(new StoreError(known?.code ?? 'INDETERMINATE', `transaction ${transaction.id}`, { cause }))
  }

  #refuseAll(failure: StoreError): void {
    for (const { reject } of this.#waiting) reject(notStarted(failure))
    this.#waiting = []
  }
}

/** Whether batches of others may have changed what spaces with a quota hold. */
function mayHaveCounted(changed: readonly ChangedKeys[] | undefined): boolean {
  return changed === undefined || changed.some(({ keys }) => keys.some(isAccountKey))
}

function textOfKey({ key }: BackendWrite): string {
  return binaryText(key)
}

function notStarted(failure: StoreError): StoreError {
  return new StoreError('IO', 'an earlier write failed, this one was not begun', { cause: failure })
}
