/** Ordered bytes in tables of PostgreSQL, written by any number of processes, one batch after another. */
import { StoreError } from '../errors.ts'
import { PinnedViews } from './pinned-view.ts'
import { takeTurn } from './turn.ts'
import type { Backend, BackendSnapshot, BackendWrite, SharedBackend, WriteTurn } from '../interface.ts'
import type { Pools } from './connection.ts'
import type { Tables } from './tables.ts'

export class PostgresBackend implements Backend {
  readonly name = 'postgres'
  readonly shared: SharedBackend
  readonly #pools: Pools
  readonly #tables: Tables
  readonly #views: PinnedViews
  readonly #writing = new Set<Promise<unknown>>()
  /** The turn handed out last; it may be over. */
  #lent: WriteTurn | undefined
  #closing: Promise<void> | undefined

  constructor(pools: Pools, tables: Tables) {
    this.#pools = pools
    this.#tables = tables
    this.#views = new PinnedViews(pools.readers, tables)
    this.shared = { takeTurn: (since) => this.#takeTurn(since) }
  }

  snapshot(): BackendSnapshot {
    this.#throwIfClosed()
    return this.#views.open()
  }

  async batch(writes: readonly BackendWrite[], options: { readonly durable: boolean }): Promise<void> {
    this.#throwIfClosed()
    if (writes.length > 0) await this.#noting(this.#batch(writes, options))
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #batch(writes: readonly BackendWrite[], options: { readonly durable: boolean }): Promise<void> {
    const turn = await this.#turn(undefined)
    await turn.commit(writes, options)
  }

  async #takeTurn(since: number | undefined): Promise<WriteTurn> {
    this.#throwIfClosed()
    const turn = await this.#noting(this.#turn(since))
    // One connection writes: any turn before this one is over.
    this.#lent = turn
    return {
      number: turn.number,
      changed: turn.changed,
      get: (key) => turn.get(key),
      getMany: (keys) => turn.getMany(keys),
      range: (range) => turn.range(range),
      commit: (writes, options) => this.#noting(turn.commit(writes, options)),
      abandon: () => this.#noting(turn.abandon()),
    }
  }

  #turn(since: number | undefined): Promise<WriteTurn> {
    // A snapshot taken before a batch shows the state before it: its question must have been answered.
    const beforeCommit = () => this.#views.settled()
    return takeTurn({ writer: this.#pools.writer, tables: this.#tables, beforeCommit }, since)
  }

  /** Remembers what is under way, so that closing waits for it. */
  async #noting<T>(work: Promise<T>): Promise<T> {
    this.#writing.add(work)
    try {
      return await work
    } finally {
      this.#writing.delete(work)
    }
  }

  async #close(): Promise<void> {
    // Each writer hears of its own failure; closing only waits.
    await Promise.allSettled(this.#writing)
    await this.#lent?.abandon()
    this.#views.close()
    await Promise.all([this.#pools.writer.end(), this.#pools.readers.end()])
  }

  #throwIfClosed(): void {
    if (this.#closing !== undefined) throw new StoreError('CLOSED')
  }
}
