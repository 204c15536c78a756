/**
 * A hold: what is put into a store while it is open stays, though nobody names it yet (spec/care.md, "Holds"). It is for
 * whoever writes content in many transactions and names it in the last one. It lives in memory, as the writing itself
 * does: what a process that ends has not named is garbage.
 */
import { isBlockKey, multihashOf } from '../keys.ts'
import { careOf } from '../store-care.ts'
import { Marks, SEED_BYTES } from './marks.ts'
import type { BackendWrite, Store } from '../interface.ts'

export interface HoldOptions {
  /**
   * In seconds of whatever clock the caller collects by: a collection of that second or a later one ends the hold, so
   * that one which was forgotten does not keep garbage for ever. It is open until it is released without it.
   */
  readonly expires?: number
}

export interface Hold extends Disposable {
  /** False once it was released, or a collection found that it has expired. */
  readonly isOpen: boolean
  /** How many different blocks were put since it was opened. Each costs 44 to 88 bytes of memory. */
  readonly blocks: number
  /** Lets go of what nobody has named by now; the next collection takes it. */
  release(): void
}

/**
 * Keeps from now on every block that is put into the store, by whomever, with all that it links to, until it is released.
 * What was only found in the store, and not put, is kept from when something that links to it is put.
 * @example
 *   using hold = createHold(store)
 *   const { cid } = await writeContent(store, source)
 *   await store.transact((transaction) => transaction.setLabel('film', undefined, cid))
 * @throws {TypeError} for an expiry that is none, and for a store that was not made by `createStore`
 */
export function createHold(store: Store, options: HoldOptions = {}): Hold {
  const { expires } = options
  if (expires !== undefined && (!Number.isSafeInteger(expires) || expires < 0))
    throw new TypeError('expires must be a whole number of seconds')
  return new BlockHold(store, expires)
}

/** The open holds of a store at this second; those that have expired are released. */
export function openHolds(store: Store, now: number | undefined): readonly BlockHold[] {
  const all = [...(holds.get(store) ?? [])]
  for (const hold of all) if (hold.hasExpired(now)) hold.release()
  return all.filter(({ isOpen }) => isOpen)
}

const holds = new WeakMap<Store, Set<BlockHold>>()

class BlockHold implements Hold {
  readonly #expires: number | undefined
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
