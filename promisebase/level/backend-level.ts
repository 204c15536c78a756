/** A backend over any abstract-level database of bytes; runs in browsers as well. */
import { StoreError } from '../errors.ts'
import { writeError } from './engine-error.ts'
import { lent } from './lent.ts'
import { NativeViews } from './native-views.ts'
import { OverlayViews } from './overlay-views.ts'
import type { Backend, BackendSnapshot, BackendWrite, Durability } from '../interface.ts'
import type { ByteLevel, EngineViews } from './engine-views.ts'

export interface LevelBackendOptions {
  readonly name: string
  /** What a durable batch has: `flushed` without it. */
  readonly durability?: Durability
  /** Called once the database is closed; `isWhole` unless a write has failed. */
  readonly afterClose?: (isWhole: boolean) => Promise<void>
  /**
   * Flushes the engine's logs; called before a durable batch that follows others which were not. The engine itself
   * flushes only the log it is writing to: a power cut could take from the one before it what came earlier.
   */
  readonly flushLogs?: () => Promise<void>
  /** Checks the engine's files. */
  readonly verify?: Backend['verify']
  /** The engine copies keys and values of a batch at once, and looks at neither afterwards. */
  readonly copies?: boolean
  /** Ours over the engine's even where the engine has snapshots. */
  readonly overlay?: boolean
}

export function createLevelBackend<Format>(db: ByteLevel<Format>, options: LevelBackendOptions): Backend {
  return new LevelBackend(db, options)
}

class LevelBackend<Format> implements Backend {
  readonly name: string
  readonly durability: Durability
  readonly verify?: NonNullable<Backend['verify']>
  readonly #db: ByteLevel<Format>
  readonly #views: EngineViews
  readonly #copies: boolean
  readonly #afterClose: LevelBackendOptions['afterClose']
  readonly #flushLogs: LevelBackendOptions['flushLogs']
  readonly #writing = new Set<Promise<void>>()
  /** The newest batch that was begun, while it lasts: engines write what they get at one time in any order. */
  #newest: Promise<void> | undefined
  /** Whether something was written since the last flush that need not survive a power cut. */
  #isUnflushed = false
  #failure: StoreError | undefined
  #closing: Promise<void> | undefined

  constructor(db: ByteLevel<Format>, options: LevelBackendOptions) {
    this.name = options.name
    this.durability = options.durability ?? 'flushed'
    if (options.verify) this.verify = options.verify
    this.#db = db
    this.#afterClose = options.afterClose
    this.#flushLogs = options.flushLogs
    this.#copies = options.copies ?? false
    const native = db.supports.explicitSnapshots === true && options.overlay !== true
    this.#views = native ? new NativeViews(db) : new OverlayViews(db)
  }

  snapshot(): BackendSnapshot {
    this.#throwIfClosed()
    return this.#views.open()
  }

  async batch(writes: readonly BackendWrite[], { durable }: { readonly durable: boolean }): Promise<void> {
    this.#throwIfClosed()
    this.#throwIfFailed()
    if (writes.length === 0) return
    const before = this.#newest
    const writing = this.#views.around(writes, () => this.#writeAfter(before, writes, durable))
    this.#newest = writing
    this.#writing.add(writing)
    try {
      await writing
    } finally {
      this.#writing.delete(writing)
      if (this.#newest === writing) this.#newest = undefined
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  /** In the order in which they were begun; a batch behind one that failed is not begun. */
  async #writeAfter(
    before: Promise<void> | undefined,
    writes: readonly BackendWrite[],
    durable: boolean,
  ): Promise<void> {
    if (before !== undefined) await before.catch(() => undefined)
    this.#throwIfFailed()
    await this.#write(writes, durable)
  }

  async #write(writes: readonly BackendWrite[], durable: boolean): Promise<void> {
    try {
      // Engines that know no `sync`, as the browser's, ignore it.
      const options: object = { sync: durable }
      // A chained batch hands each write to the engine at once: half the work of passing an array.
      const batch = this.#db.batch()
      for (const write of writes) {
        const key = this.#copies ? lent(write.key) : write.key
        if (write.type === 'put') batch.put(key, write.value)
        else batch.del(key)
      }
      if (durable && this.#isUnflushed) await this.#flushLogs?.()
      this.#isUnflushed = !durable
      await batch.write(options)
    } catch (error) {
      this.#failure = writeError(error)
      throw this.#failure
    }
  }

  async #close(): Promise<void> {
    // Each writer hears of its own failure; closing only waits.
    await Promise.allSettled(this.#writing)
    await this.#db.close()
    await this.#afterClose?.(this.#failure === undefined)
  }

  /** After one failed write the engine may go on acknowledging what it then loses. */
  #throwIfFailed(): void {
    if (this.#failure) throw new StoreError('IO', 'an earlier write failed', { cause: this.#failure })
  }

  #throwIfClosed(): void {
    if (this.#closing !== undefined) throw new StoreError('CLOSED')
  }
}
