import { binaryText, bytesOfText } from './binary-text.ts'
import { StoreError } from './errors.ts'
import { ownBytes } from './own-bytes.ts'
import { entries, find, SortedMap } from './sorted-map.ts'
import type { Backend, BackendSnapshot, BackendWrite, ByteRange } from './interface.ts'
import type { KeptState } from './sorted-map.ts'

/** A backend that keeps everything in memory and forgets it with the process. */
export function createMemoryBackend(): Backend {
  return new MemoryBackend()
}

class MemoryBackend implements Backend {
  readonly name = 'memory'
  readonly durability = 'volatile'
  readonly #map = new SortedMap<Uint8Array>()
  #closed = false

  snapshot(): BackendSnapshot {
    this.#throwIfClosed()
    return new MemorySnapshot(this.#map)
  }

  async batch(writes: readonly BackendWrite[]): Promise<void> {
    this.#throwIfClosed()
    for (const write of writes) {
      if (write.type === 'put') this.#map.set(binaryText(write.key), write.value)
      else this.#map.delete(binaryText(write.key))
    }
  }

  async close(): Promise<void> {
    this.#closed = true
  }

  #throwIfClosed(): void {
    if (this.#closed) throw new StoreError('CLOSED')
  }
}

/** Values are copied on the way out: a caller who changes what it got must not change the store. */
class MemorySnapshot implements BackendSnapshot {
  readonly #map: SortedMap<Uint8Array>
  #state: KeptState<Uint8Array> | undefined

  constructor(map: SortedMap<Uint8Array>) {
    this.#map = map
    this.#state = map.keep()
  }

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    return this.getNow(key)
  }

  getNow(key: Uint8Array): Uint8Array | undefined {
    const value = find(this.#open(), binaryText(key))
    return value && ownBytes(value)
  }

  async *range(range: ByteRange): AsyncGenerator<readonly [Uint8Array, Uint8Array], void, undefined> {
    let left = range.limit ?? Infinity
    if (left <= 0) return
    for (const [key, value] of this.#entries(range)) {
      yield [bytesOfText(key), new Uint8Array(value)]
      if (--left <= 0) return
      this.#open()
    }
  }

  async *keys(range: ByteRange): AsyncGenerator<Uint8Array, void, undefined> {
    let left = range.limit ?? Infinity
    if (left <= 0) return
    for (const [key] of this.#entries(range)) {
      yield bytesOfText(key)
      if (--left <= 0) return
      this.#open()
    }
  }

  close(): void {
    if (this.#state) this.#map.drop(this.#state)
    this.#state = undefined
  }

  #entries({ gte, lt, reverse = false }: ByteRange): Iterable<readonly [string, Uint8Array]> {
    return entries(this.#open(), gte ? binaryText(gte) : '', lt && binaryText(lt), reverse)
  }

  #open(): KeptState<Uint8Array> {
    if (this.#state === undefined) throw new StoreError('CLOSED', 'the snapshot is closed')
    return this.#state
  }
}
