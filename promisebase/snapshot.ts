import { isStorable, readBlock } from './block.ts'
import { decodeHead } from './commit-record.ts'
import { StoreError } from './errors.ts'
import {
  afterSpace,
  blockBounds,
  blockKey,
  ENTRY_BOUNDS,
  entryBounds,
  entryKey,
  HEAD_KEY,
  keyInSpace,
  labelBounds,
  labelKey,
  labelName,
  multihashOf,
  partsOfEntryKey,
} from './keys.ts'
import { decodeLabel } from './label.ts'
import { promised } from './promised.ts'
import { openValue } from './sealed.ts'
import type { CID } from 'multiformats/cid'
import type { ByteRange, Hasher, OpenSnapshot, SpaceEntry, SpaceRange, StoredBlock } from './interface.ts'
import type { SealedSnapshot } from './sealed.ts'
import type { View } from './view.ts'

/** A view of the store that stays as it is until it is closed. */
export class StoreSnapshot implements OpenSnapshot {
  readonly #hasher: Hasher
  readonly #throwIfClosed: () => void
  #view: View | undefined

  /** Takes over one use of `view`. `throwIfClosed` throws once the store has been closed. */
  constructor(view: View, hasher: Hasher, throwIfClosed: () => void) {
    this.#view = view
    this.#hasher = hasher
    this.#throwIfClosed = throwIfClosed
  }

  getBlock(cid: CID): Promise<Uint8Array | undefined> {
    return promised(() =>
      isStorable(this.#hasher, cid) ? readBlock(this.#open(), cid, this.#hasher) : Promise.resolve(undefined),
    )
  }

  async hasBlock(cid: CID): Promise<boolean> {
    return isStorable(this.#hasher, cid) && (await this.#open().get(blockKey(cid))) !== undefined
  }

  async get(space: string, key: Uint8Array): Promise<Uint8Array | undefined> {
    const inStore = entryKey(space, key)
    const { raw } = this.#open()
    const stored = raw.getNow === undefined ? await raw.get(inStore) : raw.getNow(inStore)
    return stored && openValue(inStore, stored)
  }

  async *range(space: string, range: SpaceRange = {}): AsyncGenerator<SpaceEntry, void, undefined> {
    const bounds = { ...entryBounds(space, range), ...orderOf(range) }
    for await (const [key, value] of this.#open().range(bounds)) {
      yield { key: keyInSpace(space, key), value }
      this.#open()
    }
  }

  async getLabel(name: string): Promise<CID | undefined> {
    const value = await this.#open().get(labelKey(name))
    return value && decodeLabel(name, value)
  }

  async *labels(prefix = ''): AsyncGenerator<{ readonly name: string; readonly cid: CID }, void, undefined> {
    for await (const [key, value] of this.#open().range(labelBounds(prefix))) {
      const name = labelName(key)
      yield { name, cid: decodeLabel(name, value) }
      this.#open()
    }
  }

  /** What lies below, for those who copy a store as a whole; valid until this is closed. */
  bare(): { readonly snapshot: SealedSnapshot; readonly hasher: Hasher } {
    return { snapshot: this.#open(), hasher: this.#hasher }
  }

  async *blocks(range: ByteRange = {}): AsyncGenerator<StoredBlock, void, undefined> {
    for await (const [key, bytes] of this.#open().range({ ...range, ...blockBounds(range) })) {
      yield { multihash: multihashOf(key), size: bytes.length }
      this.#open()
    }
  }

  async *spaces(): AsyncGenerator<string, void, undefined> {
    let { gte } = ENTRY_BOUNDS
    for (;;) {
      const space = await this.#spaceFrom(gte)
      if (space === undefined) return
      yield space
      gte = afterSpace(space)
    }
  }

  async commits(): Promise<number> {
    return decodeHead(await this.#open().get(HEAD_KEY)).sequence
  }

  /** The space of the first entry from a key on. */
  async #spaceFrom(gte: Uint8Array): Promise<string | undefined> {
    for await (const key of this.#open().keys({ ...ENTRY_BOUNDS, gte, limit: 1 })) {
      const parts = partsOfEntryKey(key)
      if (parts === undefined) throw new StoreError('CORRUPT', 'an entry without a space')
      return parts.space
    }
    return undefined
  }

  close(): void {
    this.#view?.release()
    this.#view = undefined
  }

  [Symbol.dispose](): void {
    this.close()
  }

  #open() {
    this.#throwIfClosed()
    if (this.#view === undefined) throw new StoreError('CLOSED', 'the snapshot is closed')
    return this.#view.snapshot
  }
}

/** @throws {TypeError} for a snapshot of a store that `createStore` has not made */
export function bareSnapshot(snapshot: OpenSnapshot): ReturnType<StoreSnapshot['bare']> {
  if (!(snapshot instanceof StoreSnapshot)) throw new TypeError('store must be one that createStore has made')
  return snapshot.bare()
}

/** Order and limit of a scan, without the members that are undefined. */
export function orderOf(range: SpaceRange): { reverse: boolean; limit?: number } {
  const reverse = range.reverse ?? false
  return range.limit === undefined ? { reverse } : { reverse, limit: Math.max(0, range.limit) }
}
