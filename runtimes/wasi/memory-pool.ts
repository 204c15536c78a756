/**
 * Memories that are used again. A new one costs more than a whole small run, and each keeps 10 GiB of
 * address space until it is collected. Runs of one thread never overlap, so one memory of each size is
 * enough. A memory is zeroed when it comes back: what one caller left is gone before the next one starts.
 */
import { PAGE_BYTES } from './rewriter/fuel.ts'
import type { Clamped } from './rewriter/limits.ts'

/** Above this a new memory is cheaper than zeroing an old one. */
const PARKED_PAGES_MAX = 32

export class ParkedMemory {
  readonly memory: WebAssembly.Memory
  readonly limits: Clamped
  #view: Uint8Array

  constructor(limits: Clamped) {
    this.limits = limits
    this.memory = new WebAssembly.Memory({ initial: limits.min, maximum: limits.max })
    this.#view = new Uint8Array(this.memory.buffer)
  }

  /** The bytes as they are now: growing replaces the buffer, and the old view becomes empty. */
  view(): Uint8Array {
    if (this.#view.length === 0) this.#view = new Uint8Array(this.memory.buffer)
    return this.#view
  }

  get isAsNew(): boolean {
    return this.memory.buffer.byteLength === this.limits.min * PAGE_BYTES
  }
}

export class MemoryPool {
  readonly #bytesMax: number
  readonly #parked = new Map<number, ParkedMemory>()
  #bytes = 0

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  /** A zeroed memory of this size. */
  take(limits: Clamped): ParkedMemory {
    const key = keyOf(limits)
    const parked = this.#parked.get(key)
    if (parked === undefined) return new ParkedMemory(limits)
    this.#forget(key, parked)
    return parked
  }

  /** Takes a memory back. One that grew is dropped: a memory cannot shrink. */
  giveBack(parked: ParkedMemory): void {
    const { min } = parked.limits
    const key = keyOf(parked.limits)
    if (min > PARKED_PAGES_MAX || !parked.isAsNew || this.#parked.has(key)) return
    parked.view().fill(0)
    this.#parked.set(key, parked)
    this.#bytes += min * PAGE_BYTES
    for (const [oldest, memory] of this.#parked) {
      if (this.#bytes <= this.#bytesMax) break
      this.#forget(oldest, memory)
    }
  }

  clear(): void {
    this.#parked.clear()
    this.#bytes = 0
  }

  #forget(key: number, parked: ParkedMemory): void {
    this.#parked.delete(key)
    this.#bytes -= parked.limits.min * PAGE_BYTES
  }
}

function keyOf({ min, max }: Clamped): number {
  return min * PAGE_BYTES + max
}
