/**
 * Views of an engine without snapshots, as IndexedDB: before a batch is written, the values it replaces are
 * kept beside the engine, as long as someone may still look at them.
 */
import { binaryText, bytesOfText } from '../binary-text.ts'
import { StoreError } from '../errors.ts'
import { isBefore } from '../merged-runs.ts'
import { readError } from './engine-error.ts'
import { plain } from './native-views.ts'
import type { BackendSnapshot, BackendWrite, ByteRange } from '../interface.ts'
import type { ByteLevel, EngineViews } from './engine-views.ts'

const PAGE = 256

/** What the batch with this number replaced; undefined where there was nothing. */
interface Layer {
  readonly version: number
  readonly replaced: ReadonlyMap<string, Uint8Array | undefined>
}

type Entry = readonly [text: string, value: Uint8Array | undefined]

export class OverlayViews<Format> implements EngineViews {
  readonly #db: ByteLevel<Format>
  /** Batches that are complete. */
  #version = 0
  #layers: Layer[] = []
  readonly #open = new Map<number, number>()
  #turn: Promise<unknown> = Promise.resolve()

  constructor(db: ByteLevel<Format>) {
    this.#db = db
  }

  open(): BackendSnapshot {
    const version = this.#version
    this.#open.set(version, (this.#open.get(version) ?? 0) + 1)
    return new OverlayView(this.#db, {
      replaced: () => this.#replacedSince(version),
      close: () => this.#leave(version),
    })
  }

  around(writes: readonly BackendWrite[], write: () => Promise<void>): Promise<void> {
    const end = this.#turn.then(() => this.#around(writes, write))
    // The next batch waits for this one whatever becomes of it; its own caller hears of a failure.
    this.#turn = end.catch(() => undefined)
    return end
  }

  async #around(writes: readonly BackendWrite[], write: () => Promise<void>): Promise<void> {
    const keys = [...new Map(writes.map(({ key }) => [binaryText(key), key])).entries()]
    const values = await this.#readMany(keys.map(([, key]) => key))
    const version = this.#version + 1
    // Before the engine can show anything new, whoever reads it finds here what was there before.
    this.#layers.push({ version, replaced: new Map(keys.map(([text], i) => [text, values[i]])) })
    await write()
    this.#version = version
    this.#prune()
  }

  async #readMany(keys: Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    try {
      return await this.#db.getMany(keys)
    } catch (error) {
      throw readError(error)
    }
  }

  /** The values as they were at a version, of all keys that were written after it. */
  #replacedSince(version: number): Map<string, Uint8Array | undefined> {
    const replaced = new Map<string, Uint8Array | undefined>()
    for (const layer of this.#layers) {
      if (layer.version <= version) continue
      for (const [text, value] of layer.replaced) if (!replaced.has(text)) replaced.set(text, value)
    }
    return replaced
  }

  #leave(version: number): void {
    const others = (this.#open.get(version) ?? 1) - 1
    if (others > 0) this.#open.set(version, others)
    else this.#open.delete(version)
    this.#prune()
  }

  #prune(): void {
    const oldest = Math.min(this.#version, ...this.#open.keys())
    this.#layers = this.#layers.filter(({ version }) => version > oldest)
  }
}

interface OverlayHooks {
  readonly replaced: () => Map<string, Uint8Array | undefined>
  readonly close: () => void
}

class OverlayView<Format> implements BackendSnapshot {
  readonly #db: ByteLevel<Format>
  readonly #hooks: OverlayHooks
  #closed = false

  constructor(db: ByteLevel<Format>, hooks: OverlayHooks) {
    this.#db = db
    this.#hooks = hooks
  }

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    this.#throwIfClosed()
    const value = await this.#db.get(key).catch((error: unknown) => Promise.reject(readError(error)))
    // Looked at after the engine was read: what it shows too early is certainly replaced here.
    const replaced = this.#hooks.replaced()
    const text = binaryText(key)
    if (replaced.has(text)) return copyOf(replaced.get(text))
    return value && plain(value)
  }

  async *range(range: ByteRange): AsyncGenerator<readonly [Uint8Array, Uint8Array], void, undefined> {
    const reverse = range.reverse ?? false
    let left = range.limit ?? Infinity
    let { gte, lt } = range
    for (let last = false; !last && left > 0;) {
      this.#throwIfClosed()
      const page = await this.#page({ ...(gte && { gte }), ...(lt && { lt }), reverse })
      last = page.length < PAGE
      const end = page.at(-1)?.[0]
      const stretch =
        last || end === undefined
          ? { gte, lt }
          : reverse
            ? { gte: bytesOfText(end), lt }
            : { gte, lt: after(end) }
      for (const [text, value] of this.#asItWas(page, stretch, reverse)) {
        if (value === undefined) continue
        yield [bytesOfText(text), value]
        this.#throwIfClosed()
        if (--left <= 0) return
      }
      if (reverse) lt = stretch.gte
      else gte = stretch.lt
    }
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#hooks.close()
  }

  async #page(range: ByteRange): Promise<Entry[]> {
    try {
      // `all` closes the iterator.
      const entries = await this.#db.iterator({ ...range, limit: PAGE }).all()
      return entries.map(([key, value]) => [binaryText(key), plain(value)] as const)
    } catch (error) {
      throw readError(error)
    }
  }

  /** A page of the engine with everything in its stretch put back as it was. */
  #asItWas(
    page: Entry[],
    stretch: { gte: Uint8Array | undefined; lt: Uint8Array | undefined },
    reverse: boolean,
  ): Entry[] {
    const gte = stretch.gte ? binaryText(stretch.gte) : ''
    const lt = stretch.lt && binaryText(stretch.lt)
    const entries = new Map(page)
    for (const [text, value] of this.#hooks.replaced()) {
      if (text >= gte && (lt === undefined || text < lt)) entries.set(text, copyOf(value))
    }
    return [...entries].sort(([a], [b]) => (isBefore(a, b, reverse) ? -1 : 1))
  }

  #throwIfClosed(): void {
    if (this.#closed) throw new StoreError('CLOSED', 'the snapshot is closed')
  }
}

function copyOf(bytes: Uint8Array | undefined): Uint8Array | undefined {
  return bytes && new Uint8Array(bytes)
}

/** The first key after this one. */
function after(text: string): Uint8Array {
  return bytesOfText(`${text}\0`)
}
