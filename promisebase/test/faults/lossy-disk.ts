/** A disk in memory that keeps what it has flushed, and of the rest as many batches as it likes when it fails. */
import { createMemoryBackend } from '../../backend-memory.ts'
import type { Backend, BackendWrite } from '../../interface.ts'

interface Batch {
  readonly writes: readonly BackendWrite[]
  readonly durable: boolean
}

export class LossyDisk {
  readonly #batches: Batch[]

  constructor(batches: readonly Batch[] = []) {
    this.#batches = [...batches]
  }

  /** How many batches there are, and how many of them a power cut may not take. */
  get batches(): number {
    return this.#batches.length
  }

  get flushed(): number {
    return this.#batches.findLastIndex(({ durable }) => durable) + 1
  }

  /** What a failure has left. */
  keep(first: number): LossyDisk {
    return new LossyDisk(this.#batches.slice(0, first))
  }

  /** What a disk leaves that writes in another order than it was told. */
  without(at: number): LossyDisk {
    return new LossyDisk(this.#batches.toSpliced(at, 1))
  }

  /** The disk in use. `onBatch` is asked after each batch whether the process still lives to hear of it. */
  async open(onBatch: () => boolean): Promise<Backend> {
    const memory = createMemoryBackend()
    for (const { writes, durable } of this.#batches) await memory.batch(writes, { durable })
    return {
      name: 'lossy',
      snapshot: () => memory.snapshot(),
      batch: async (writes, { durable }) => {
        this.#batches.push({ writes: [...writes], durable })
        await memory.batch(writes, { durable })
        if (!onBatch()) await new Promise(() => undefined)
      },
      close: () => memory.close(),
    }
  }
}
