/** A backend of one's own: one sorted array. A batch makes a new array, so a snapshot is the array as it was. */
import { compareBytes, StoreError } from 'promisegrid/promisebase'
import type { Backend, BackendSnapshot, BackendWrite, ByteRange } from 'promisegrid/promisebase'

type Entry = readonly [key: Uint8Array, value: Uint8Array]
type Order = (a: Uint8Array, b: Uint8Array) => number

/** `order` is there to be got wrong; see index.ts. */
export class SortedArray implements Backend {
  readonly name = 'sorted array'
  readonly #order: Order
  #entries: readonly Entry[] = []
  #closed = false

  constructor(order: Order = compareBytes) {
    this.#order = order
  }

  snapshot(): BackendSnapshot {
    this.#throwIfClosed()
    return new ArrayAsItWas(this.#entries, this.#order)
  }

  async batch(writes: readonly BackendWrite[]): Promise<void> {
    this.#throwIfClosed()
    const entries = [...this.#entries]
    for (const write of writes) {
      const at = placeOf(entries, write.key, this.#order)
      const isThere = at < entries.length && this.#order(entries[at]![0], write.key) === 0
      const put: Entry[] = write.type === 'put' ? [[write.key.slice(), write.value.slice()]] : []
      entries.splice(at, isThere ? 1 : 0, ...put)
    }
    this.#entries = entries
  }

  async close(): Promise<void> {
    this.#closed = true
  }

  #throwIfClosed(): void {
    if (this.#closed) throw new StoreError('CLOSED')
  }
}

class ArrayAsItWas implements BackendSnapshot {
  readonly #entries: readonly Entry[]
  readonly #order: Order
  #closed = false

  constructor(entries: readonly Entry[], order: Order) {
    this.#entries = entries
    this.#order = order
  }

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    this.#throwIfClosed()
    const entry = this.#entries[placeOf(this.#entries, key, this.#order)]
    return entry && this.#order(entry[0], key) === 0 ? entry[1].slice() : undefined
  }

  async *range({ gte, lt, reverse, limit }: ByteRange): AsyncGenerator<Entry, void, undefined> {
    this.#throwIfClosed()
    const from = gte ? placeOf(this.#entries, gte, this.#order) : 0
    const to = lt ? placeOf(this.#entries, lt, this.#order) : this.#entries.length
    const within = this.#entries.slice(from, to)
    for (const [key, value] of (reverse === true ? within.reverse() : within).slice(0, limit)) {
      this.#throwIfClosed()
      yield [key.slice(), value.slice()]
    }
  }

  close(): void {
    this.#closed = true
  }

  #throwIfClosed(): void {
    if (this.#closed) throw new StoreError('CLOSED', 'the snapshot is closed')
  }
}

/** Where a key is, or would be: the first entry that does not come before it. */
function placeOf(entries: readonly Entry[], key: Uint8Array, order: Order): number {
  let [low, high] = [0, entries.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (order(entries[middle]![0], key) < 0) low = middle + 1
    else high = middle
  }
  return low
}
