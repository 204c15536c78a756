/**
 * A hold: what is put into a store while it is open stays, though nobody names it yet (spec/care.md, "Holds"). It is for
 * whoever writes content in many transactions and names it in the last one. It lives in memory, as the writing itself
 * does: what a process that ends has not named is garbage.
 */
import { isBlockKey, multihashOf } from '../keys.ts'
import { careOf } from '../store-care.ts'
import { checkExpiry } from './hold-keys.ts'
import { Marks, SEED_BYTES } from './marks.ts'
import { RecordedHold } from './recorded-hold.ts'
import type { BackendWrite, Store, Transaction } from '../interface.ts'

export interface HoldOptions {
  /**
   * In seconds of whatever clock the caller collects by: a collection of that second or a later one ends the hold, so
   * that one which was forgotten does not keep garbage for ever. It is open until it is released without it. Over a
   * shared backend it is needed: whoever opened the hold may be gone, and nobody else could know.
   */
  readonly expires?: number
  /** For people who look at the holds of a shared store. */
  readonly owner?: string
}

export interface Hold extends Disposable {
  /** False once it was released, or is known to have expired. */
  readonly isOpen: boolean
  /**
   * How many different blocks were put since it was opened; each costs 44 to 88 bytes of memory. Over a shared backend,
   * where it costs none, each time one was put.
   */
  readonly blocks: number
  /**
   * Whether it is open, as a transaction sees it that is about to name what was put. Over a shared backend that
   * transaction is in conflict when a collection, in any process, finds before its commit that the hold has expired.
   */
  isOpenIn(transaction: Transaction): Promise<boolean>
  /**
   * Lets it expire later, or earlier. False when it is not open any more.
   * @throws {TypeError} for an expiry that is none @throws {StoreError} as `transact` does
   */
  renew(expires: number): Promise<boolean>
  /** Lets go of what nobody has named by now; the next collection takes it. */
  release(): void
}

/**
 * Keeps from now on every block that is put into the store, by whomever, with all that it links to, until it is released.
 * Over a shared backend it keeps what is put by this store, and collections in all processes heed it.
 * What was only found in the store, and not put, is kept from when something that links to it is put.
 * @example
 *   using hold = createHold(store)
 *   const { cid } = await writeContent(store, source)
 *   await store.transact((transaction) => transaction.setLabel('film', undefined, cid))
 * @throws {TypeError} for an expiry that is none, or is missing over a shared backend, and for a store that was not made
 * by `createStore`
 */
export function createHold(store: Store, options: HoldOptions = {}): Hold {
  const { expires, owner } = options
  if (expires !== undefined) checkExpiry(expires)
  if (store.isShared !== true) return new BlockHold(store, expires)
  if (expires === undefined)
    throw new TypeError('expires must be given where several processes write to the store')
  return new RecordedHold(store, owner === undefined ? { expires } : { expires, owner })
}

/** The open holds of a store at this second; those that have expired are released. */
export function openHolds(store: Store, now: number | undefined): readonly BlockHold[] {
  const all = [...(holds.get(store) ?? [])]
  for (const hold of all) if (hold.hasExpired(now)) hold.release()
  return all.filter(({ isOpen }) => isOpen)
}

const holds = new WeakMap<Store, Set<BlockHold>>()

class BlockHold implements Hold {
  #expires: number | undefined
  readonly #deafen: () => void
  readonly #ofStore: Set<BlockHold>
  #put: Marks | undefined
  #failure: { readonly cause: unknown } | undefined

  constructor(store: Store, expires: number | undefined) {
    const care = careOf(store)
    this.#expires = expires
    this.#put = new Marks(care.random(SEED_BYTES))
    this.#deafen = care.listen((writes) => this.#take(writes))
    this.#ofStore = holds.get(store) ?? new Set()
    holds.set(store, this.#ofStore.add(this))
  }

  get isOpen(): boolean {
    return this.#put !== undefined
  }

  get blocks(): number {
    return this.#put?.size ?? 0
  }

  hasExpired(now: number | undefined): boolean {
    return this.#expires !== undefined && now !== undefined && now >= this.#expires
  }

  async isOpenIn(): Promise<boolean> {
    return this.isOpen
  }

  async renew(expires: number): Promise<boolean> {
    checkExpiry(expires)
    this.#expires = expires
    return this.isOpen
  }

  /** What was put since it was opened. @throws why that is not known */
  multihashes(): Iterable<Uint8Array> {
    if (this.#failure !== undefined) throw this.#failure.cause
    return this.#put?.multihashes() ?? []
  }

  release(): void {
    this.#put = undefined
    this.#ofStore.delete(this)
    this.#deafen()
  }

  [Symbol.dispose](): void {
    this.release()
  }

  /** Never throws: it is called in the middle of a commit, which is not to fail for want of memory here. */
  #take(writes: Iterable<BackendWrite>): void {
    try {
      for (const { type, key } of writes)
        if (type === 'put' && isBlockKey(key)) this.#put?.addWhole(multihashOf(key))
    } catch (cause) {
      this.#failure ??= { cause }
    }
  }
}
