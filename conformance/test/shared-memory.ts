/** One memory that several stores have open at once, as processes share a database. */
import { bytesKey, createMemoryBackend, StoreError } from 'promisegrid/promisebase'
import type {
  Backend,
  BackendSnapshot,
  BackendWrite,
  ByteRange,
  ChangedKeys,
  WriteTurn,
} from 'promisegrid/promisebase'

/** How the sharing may be broken, to see that a check notices. */
export interface Faults {
  /** Nobody hears what others have written. */
  readonly deaf?: boolean
  /** Asked at each turn: whether what was written is not known any more. */
  readonly forgetful?: () => boolean
  /** Asked before a batch; an error in place of it, and whether the batch is written all the same. */
  readonly failure?: () => { readonly error: StoreError; readonly written: boolean } | undefined
}

export class SharedMemory {
  readonly #memory = createMemoryBackend()
  readonly #changes: ChangedKeys[] = []
  #number = 0
  #turn: Promise<void> = Promise.resolve()

  /** What one process opens. */
  open(faults: Faults = {}): Backend {
    let closed = false
    const throwIfClosed = (): void => {
      if (closed) throw new StoreError('CLOSED')
    }
    return {
      name: 'shared memory',
      snapshot: () => {
        throwIfClosed()
        return numbered(this.#memory.snapshot(), this.#number)
      },
      batch: async (writes, options) => {
        throwIfClosed()
        await (await this.#take(faults, undefined)).commit(writes, options)
      },
      close: async () => {
        closed = true
      },
      shared: {
        takeTurn: async (since) => {
          throwIfClosed()
          return this.#take(faults, since)
        },
      },
    }
  }

  async #take(faults: Faults, since: number | undefined): Promise<WriteTurn> {
    const before = this.#turn
    let end = (): void => undefined
    this.#turn = new Promise((resolve) => (end = resolve))
    await before
    return {
      number: this.#number + 1,
      changed: since === undefined ? undefined : this.#changesSince(since, faults),
      get: (key) => this.#get(key),
      getMany: (keys) => Promise.all(keys.map((key) => this.#get(key))),
      range: (range) => this.#range(range),
      commit: async (writes) => {
        try {
          const failure = faults.failure?.()
          if (failure?.written !== false) await this.#write(writes)
          if (failure !== undefined) throw failure.error
        } finally {
          end()
        }
      },
      abandon: async () => end(),
    }
  }

  #changesSince(since: number, { deaf, forgetful }: Faults): readonly ChangedKeys[] | undefined {
    if (forgetful?.() === true) return undefined
    return deaf === true ? [] : this.#changes.slice(since)
  }

  async #get(key: Uint8Array): Promise<Uint8Array | undefined> {
    const snapshot = this.#memory.snapshot()
    try {
      return await snapshot.get(key)
    } finally {
      snapshot.close()
    }
  }

  async *#range(range: ByteRange): AsyncGenerator<readonly [Uint8Array, Uint8Array], void, undefined> {
    const snapshot = this.#memory.snapshot()
    try {
      yield* snapshot.range(range)
    } finally {
      snapshot.close()
    }
  }

  async #write(writes: readonly BackendWrite[]): Promise<void> {
    await this.#memory.batch(writes, { durable: true })
    this.#number += 1
    const last = [...new Map(writes.map((write) => [bytesKey(write.key), write])).values()]
    this.#changes.push({
      number: this.#number,
      keys: last.map(({ key }) => key),
      deleted: last.filter(({ type }) => type === 'delete').map(({ key }) => key),
    })
  }
}

function numbered(snapshot: BackendSnapshot, number: number): BackendSnapshot {
  return {
    number,
    get: (key) => snapshot.get(key),
    range: (range) => snapshot.range(range),
    close: () => snapshot.close(),
  }
}
