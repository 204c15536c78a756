/**
 * One secondary index of a typed space, an ordinary space beside it named `space#index` (spec/spaces.md, "Indexes"):
 *
 *   index entry        = element key          ; element: the index key as in a tuple; key: that of the entry; no value
 *   unique index entry = key of the index     ; the value is the key of the entry
 */
import { decodeElement, elementOf, encodeBound, endOfElement, joined } from './key-codec.ts'
import type { SpaceRange } from '../interface.ts'
import type { KeyBound, KeyCodec } from './key-codec.ts'

export interface IndexOptions<Key, Value, Index> {
  readonly key: KeyCodec<Index>
  /** Under which keys an entry is found: none, one or several. The same for the same entry, always. */
  of(value: Value, key: Key): readonly Index[]
  /** Whether at most one entry may be found under a key. */
  readonly unique?: boolean
}

/** What an index holds for an entry. */
export interface IndexEntry {
  readonly key: Uint8Array
  readonly value: Uint8Array
}

const NOTHING = new Uint8Array(0)

export class SpaceIndex<Key, Value, Index> {
  readonly space: string
  readonly isUnique: boolean
  readonly #options: IndexOptions<Key, Value, Index>

  constructor(space: string, options: IndexOptions<Key, Value, Index>) {
    this.space = space
    this.isUnique = options.unique ?? false
    this.#options = options
  }

  /** `keyBytes` is the key of the entry as it is stored. */
  entriesOf(value: Value, key: Key, keyBytes: Uint8Array): IndexEntry[] {
    return this.#options.of(value, key).map((index) => this.#entry(index, keyBytes))
  }

  /** The index key of an entry of the index, and the key of the entry it is about. @throws {RangeError} */
  read({ key, value }: IndexEntry): { readonly index: Index; readonly keyBytes: Uint8Array } {
    const codec = this.#options.key
    if (this.isUnique) return { index: codec.decode(key), keyBytes: value }
    const end = endOfElement(codec, key)
    return { index: decodeElement(codec, key.subarray(0, end)), keyBytes: key.slice(end) }
  }

  /** The stretch of all entries under one index key. */
  only(index: Index): SpaceRange {
    if (!this.isUnique) return { prefix: elementOf(this.#options.key, index) }
    const key = this.#options.key.encode(index)
    return { gte: key, lt: joined([key, Uint8Array.of(0)]) }
  }

  /** Where a bound of a scan lies. */
  bound(bound: KeyBound<Index>): Uint8Array {
    const { key } = this.#options
    return this.isUnique || key.encodePart !== undefined
      ? encodeBound(key, bound)
      : elementOf(key, bound as Index)
  }

  #entry(index: Index, keyBytes: Uint8Array): IndexEntry {
    if (this.isUnique) return { key: this.#options.key.encode(index), value: keyBytes }
    return { key: joined([elementOf(this.#options.key, index), keyBytes]), value: NOTHING }
  }
}
