/**
 * Commits, one batch at a time. What arrives while a batch is being written waits, is then checked one after
 * another, and is written together: one flush of the disk serves all of them.
 */
import { binaryText } from './binary-text.ts'
import { chain } from './commit-record.ts'
import { StoreError } from './errors.ts'
import { History } from './history.ts'
import { sealWrite } from './sealed.ts'
import { STORE_LIMITS } from './store-limits.ts'
import { bytesOfId } from './transaction-id.ts'
import type { Head, Sha256 } from './commit-record.ts'
import type { Backend, BackendWrite } from './interface.ts'
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
  /** Called before each batch: a backend writes faster when nobody keeps the state before it. */
  readonly beforeWrite: () => void
  readonly feed: ChangeFeed
}

export class CommitQueue {
  readonly history = new History()
  readonly #backend: Backend
  readonly #sha256: Sha256
  readonly #beforeWrite: () => void
  readonly #feed: ChangeFeed
  #head: Head
  #waiting: Waiting[] = []
  #writing: Promise<void> | undefined
  #failure: StoreError | undefined
  /** Transactions accepted, and those of them that a new snapshot is sure to see. */
  #accepted = 0
  #visible = 0

  constructor(options: CommitQueueOptions) {
    this.#backend = options.backend
    this.#head = options.head
    this.#sha256 = options.sha256
    this.#beforeWrite = options.beforeWrite
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

  /** Resolves when nothing is being written any more. */
  async idle(): Promise<void> {
    await this.#writing
  }

  async #drain(): Promise<void> {
    // Whoever submits in this same turn joins the first group.
    await Promise.resolve()
    while (this.#waiting.length > 0) {
      if (this.#failure) this.#refuseAll(this.#failure)
      else await this.#writeGroup(this.#nextGroup())
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

  async #writeGroup(group: readonly Waiting[]): Promise<void> {
    const accepted = group.filter((waiting) => this.#accept(waiting))
    if (accepted.length > 0) await this.#write(accepted)
    // Whoever lost tries again only now: before, it would have read the same old state once more.
    for (const waiting of group) waiting.resolve(false)
  }

  /** Checks a transaction against all before it, those of the same group included. */
  #accept({ transaction, signal, reject }: Waiting): boolean {
    if (signal?.aborted) {
      reject(signal.reason)
      return false
    }
    const since = transaction.since ?? this.#accepted
    if (!transaction.reads.isEmpty && this.history.contradicts(transaction.reads, since)) return false
    this.history.add(++this.#accepted, [...transaction.writes.keys()])
    return true
  }

  async #write(accepted: readonly Waiting[]): Promise<void> {
    const writes: BackendWrite[] = []
    for (const { transaction } of accepted) writes.push(...transaction.writes.values())
    const ids = accepted.map(({ transaction }) => bytesOfId(transaction.id))
    const link = chain(this.#head, writes, ids, this.#sha256)
    this.#beforeWrite()
    try {
      await this.#backend.batch([...writes, ...link.writes.map(sealWrite)], {
        durable: accepted.some(({ durable }) => durable),
      })
    } catch (cause) {
      this.#fail(accepted, cause)
      return
    }
    this.#head = link.head
    this.#visible = this.#accepted
    this.history.forget(this.#visible)
    if (this.#feed.isWatched) this.#feed.add(link.head.sequence, writes.map(textOfKey))
    for (const waiting of accepted) waiting.resolve(true)
  }

  #fail(accepted: readonly Waiting[], cause: unknown): void {
    const known = cause instanceof StoreError ? cause : undefined
    this.#failure = known ?? new StoreError('INDETERMINATE', undefined, { cause })
    this.#feed.end(notStarted(this.#failure))
    for (const { transaction, reject } of accepted) {
      reject(new StoreError(this.#failure.code, `transaction ${transaction.id}`, { cause }))
    }
  }

  #refuseAll(failure: StoreError): void {
    for (const { reject } of this.#waiting) reject(notStarted(failure))
    this.#waiting = []
  }
}

function textOfKey({ key }: BackendWrite): string {
  return binaryText(key)
}

function notStarted(failure: StoreError): StoreError {
  return new StoreError('IO', 'an earlier write failed, this one was not begun', { cause: failure })
}
