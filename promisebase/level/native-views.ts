import { readError } from './engine-error.ts'
import type { AbstractSnapshot } from 'abstract-level'
import type { BackendSnapshot, BackendWrite, ByteRange } from '../interface.ts'
import type { ByteLevel, EngineViews } from './engine-views.ts'

/** How many entries a scan takes from the engine at once, after the first few. */
const ENTRIES_AT_ONCE = 256
const ENTRIES_AT_FIRST = 8

/** Views of an engine that has snapshots of its own. */
export class NativeViews<Format> implements EngineViews {
  readonly #db: ByteLevel<Format>

  constructor(db: ByteLevel<Format>) {
    this.#db = db
  }

  open(): BackendSnapshot {
    return new NativeView(this.#db)
  }

  around(_writes: readonly BackendWrite[], write: () => Promise<void>): Promise<void> {
    return write()
  }
}

class NativeView<Format> implements BackendSnapshot {
  readonly #db: ByteLevel<Format>
  readonly #snapshot: AbstractSnapshot
  readonly #isSync: boolean
  readonly #options: { snapshot: AbstractSnapshot; keyEncoding: 'view'; valueEncoding: 'view' }

  constructor(db: ByteLevel<Format>) {
    this.#db = db
    this.#snapshot = db.snapshot()
    // The types of level-supports do not know this one yet.
    this.#isSync = (db.supports as { readonly getSync?: boolean }).getSync === true
    this.#options = { snapshot: this.#snapshot, keyEncoding: 'view', valueEncoding: 'view' }
  }

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    try {
      // A read in this thread costs a tenth of one that is sent to another thread and waited for.
      const value = this.#isSync
        ? this.#db.getSync(lent(key), this.#options)
        : await this.#db.get(key, this.#options)
      return value && plain(value)
    } catch (error) {
      throw readError(error)
    }
  }

  async *range(range: ByteRange): AsyncGenerator<readonly [Uint8Array, Uint8Array], void, undefined> {
    const iterator = this.#open(() => this.#db.iterator({ ...range, ...this.#options }))
    for await (const entries of pages(iterator)) {
      for (const [key, value] of entries) yield [plain(key), plain(value)]
    }
  }

  async *keys(range: ByteRange): AsyncGenerator<Uint8Array, void, undefined> {
    const { snapshot, keyEncoding } = this.#options
    const iterator = this.#open(() => this.#db.keys({ ...range, snapshot, keyEncoding }))
    for await (const keys of pages(iterator)) for (const key of keys) yield plain(key)
  }

  close(): void {
    void this.#snapshot.close()
  }

  #open<T>(open: () => T): T {
    try {
      return open()
    } catch (error) {
      throw readError(error)
    }
  }
}

interface PagedIterator<T> {
  nextv(size: number): Promise<T[]>
  close(): Promise<void>
}

async function* pages<T>(iterator: PagedIterator<T>): AsyncGenerator<T[], void, undefined> {
  try {
    for (let size = ENTRIES_AT_FIRST; ; size = ENTRIES_AT_ONCE) {
      const page = await iterator.nextv(size).catch((error: unknown) => Promise.reject(readError(error)))
      if (page.length === 0) return
      yield page
    }
  } finally {
    await iterator.close()
  }
}

/** One for each length. */
const scratch: Uint8Array[] = []

/**
 * A key for an engine that looks at it during the call and not afterwards. The engine of Node makes room outside of the
 * heap for a short array that was not there before, which costs more than to copy it to where there is room.
 */
function lent(key: Uint8Array): Uint8Array {
  const room = (scratch[key.length] ??= new Uint8Array(new ArrayBuffer(key.length)))
  room.set(key)
  return room
}

/** The same bytes as a Uint8Array: Node's engine answers with its own subclass. */
export function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
