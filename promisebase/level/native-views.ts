import { promised } from '../promised.ts'
import { readError } from './engine-error.ts'
import { lent } from './lent.ts'
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
    // The types of level-supports do not know this one yet.
    const isSync = (this.#db.supports as { readonly getSync?: boolean }).getSync === true
    return isSync ? new PromptView(this.#db) : new NativeView(this.#db)
  }

  around(_writes: readonly BackendWrite[], write: () => Promise<void>): Promise<void> {
    return write()
  }
}

class NativeView<Format> implements BackendSnapshot {
  protected readonly db: ByteLevel<Format>
  readonly #snapshot: AbstractSnapshot
  protected readonly options: { snapshot: AbstractSnapshot; keyEncoding: 'view'; valueEncoding: 'view' }

  constructor(db: ByteLevel<Format>) {
    this.db = db
    this.#snapshot = db.snapshot()
    this.options = { snapshot: this.#snapshot, keyEncoding: 'view', valueEncoding: 'view' }
  }

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    try {
      const value = await this.db.get(key, this.options)
      return value && plain(value)
    } catch (error) {
      throw readError(error)
    }
  }

  async *range(range: ByteRange): AsyncGenerator<readonly [Uint8Array, Uint8Array], void, undefined> {
    const iterator = this.#open(() => this.db.iterator({ ...range, ...this.options }))
    for await (const entries of pages(iterator)) {
      for (const [key, value] of entries) yield [plain(key), plain(value)]
    }
  }

  async *keys(range: ByteRange): AsyncGenerator<Uint8Array, void, undefined> {
    const { snapshot, keyEncoding } = this.options
    const iterator = this.#open(() => this.db.keys({ ...range, snapshot, keyEncoding }))
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

/** Of an engine that can be read in this thread, which costs a tenth of asking another one and waiting for it. */
class PromptView<Format> extends NativeView<Format> {
  override get(key: Uint8Array): Promise<Uint8Array | undefined> {
    return promised(() => Promise.resolve(this.getNow(key)))
  }

  getNow(key: Uint8Array): Uint8Array | undefined {
    try {
      const value = this.db.getSync(lent(key), this.options)
      return value && plain(value)
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

/** The same bytes as a Uint8Array: Node's engine answers with its own subclass. */
export function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
