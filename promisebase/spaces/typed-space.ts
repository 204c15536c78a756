/** A key-value space whose keys and values have types, and which is found by other keys as well. */
import { StoreError } from '../errors.ts'
import { compareBytes, entryKey } from '../keys.ts'
import { encodeBound } from './key-codec.ts'
import { SpaceIndex } from './space-index.ts'
import { inTurn } from './turns.ts'
import type { Snapshot, SpaceRange, Transaction } from '../interface.ts'
import type { KeyBound, KeyCodec } from './key-codec.ts'
import type { IndexEntry, IndexOptions } from './space-index.ts'
import type { ValueCodec } from './value-codec.ts'

export interface SpaceOptions<Key, In, Out, Indexes> {
  readonly key: KeyCodec<Key>
  readonly value: ValueCodec<In, Out>
  readonly indexes?: { readonly [Name in keyof Indexes]: IndexOptions<Key, Out, Indexes[Name]> }
}

/** Bounds by values; of tuples the last elements may be left out. */
export interface TypedRange<Key> {
  readonly gte?: KeyBound<Key>
  readonly lt?: KeyBound<Key>
  readonly prefix?: KeyBound<Key>
  readonly reverse?: boolean
  readonly limit?: number
}

export interface TypedEntry<Key, Value> {
  readonly key: Key
  readonly value: Value
}

export interface IndexedEntry<Index, Key, Value> extends TypedEntry<Key, Value> {
  readonly index: Index
}

/** An entry of an index, and the space of the index. */
export interface PlacedEntry extends IndexEntry {
  readonly space: string
}

type Readable = Pick<Snapshot, 'get' | 'range'>
type Writable = Readable & Pick<Transaction, 'put' | 'delete'>

/**
 * A space by its name and types; nothing is opened, and any number of these may stand for one space as long as they
 * agree. Indexes are spaces of their own, named `name#index`: a right to write here must cover them.
 * @throws {TypeError} for a name with `#`
 */
export function createSpace<Key, In, Out, Indexes = Record<never, never>>(
  name: string,
  options: SpaceOptions<Key, In, Out, Indexes>,
): TypedSpace<Key, In, Out, Indexes> {
  return new TypedSpace(name, options)
}

export class TypedSpace<Key, In, Out, Indexes> {
  readonly name: string
  readonly #key: KeyCodec<Key>
  readonly #value: ValueCodec<In, Out>
  readonly #indexes = new Map<string, SpaceIndex<Key, Out, unknown>>()

  constructor(name: string, { key, value, indexes }: SpaceOptions<Key, In, Out, Indexes>) {
    this.name = name
    this.#key = key
    this.#value = value
    const named = Object.entries(indexes ?? {}) as [string, IndexOptions<Key, Out, unknown>][]
    for (const part of [name, ...named.map(([index]) => index)])
      if (part === '' || part.includes('#')) throw new TypeError('a name must not be empty or have a # in it')
    for (const [index, options] of named)
      this.#indexes.set(index, new SpaceIndex(`${name}#${index}`, options))
  }

  /** Its indexes, for those who keep them in order. */
  get indexes(): ReadonlyMap<string, SpaceIndex<Key, Out, unknown>> {
    return this.#indexes
  }

  /** @throws {StoreError} `CORRUPT` when what lies there is of another type */
  async get(snapshot: Readable, key: Key): Promise<Out | undefined> {
    const bytes = await snapshot.get(this.name, this.#key.encode(key))
    return bytes && this.#out(bytes)
  }

  /**
   * Puts an entry and keeps the indexes. When it throws, nothing of it was staged, but for a `LIMIT` of the transaction.
   * @throws {StoreError} `UNIQUE`, `LIMIT`; {TypeError} {RangeError} for another type
   */
  put(transaction: Writable, key: Key, value: In): Promise<void> {
    const [keyBytes, bytes] = [this.#key.encode(key), this.#value.encode(value)]
    return this.#write(transaction, keyBytes, bytes)
  }

  /** Removes an entry and what the indexes hold of it; false when there was none. */
  async delete(transaction: Writable, key: Key): Promise<boolean> {
    const keyBytes = this.#key.encode(key)
    const was = await transaction.get(this.name, keyBytes)
    await this.#write(transaction, keyBytes, undefined)
    return was !== undefined
  }

  /** Entries in the order of their keys. */
  async *range(
    snapshot: Readable,
    range: TypedRange<Key> = {},
  ): AsyncGenerator<TypedEntry<Key, Out>, void, undefined> {
    const bounds = boundsOf(range, (bound) => encodeBound(this.#key, bound))
    for await (const { key, value } of snapshot.range(this.name, bounds))
      yield { key: this.#keyOf(key), value: this.#out(value) }
  }

  /** Entries under one key of an index, in the order of their own keys. */
  find<Name extends keyof Indexes & string>(
    snapshot: Readable,
    index: Name,
    key: Indexes[Name],
    order: Pick<SpaceRange, 'reverse' | 'limit'> = {},
  ): AsyncGenerator<IndexedEntry<Indexes[Name], Key, Out>, void, undefined> {
    const found = this.#index<Indexes[Name]>(index)
    return this.#scan(snapshot, found, { ...found.only(key), ...order })
  }

  /** Entries in the order of an index. An entry with several keys in it comes several times. */
  rangeBy<Name extends keyof Indexes & string>(
    snapshot: Readable,
    index: Name,
    range: Omit<TypedRange<Indexes[Name]>, 'prefix'> = {},
  ): AsyncGenerator<IndexedEntry<Indexes[Name], Key, Out>, void, undefined> {
    const found = this.#index<Indexes[Name]>(index)
    return this.#scan(
      snapshot,
      found,
      boundsOf(range, (bound) => found.bound(bound)),
    )
  }

  /** What all indexes must hold for a stored entry: the space of the index, and its entry. */
  indexEntries(keyBytes: Uint8Array, bytes: Uint8Array): PlacedEntry[] {
    const [key, value] = [this.#keyOf(keyBytes), this.#out(bytes)]
    return [...this.#indexes.values()].flatMap((index) =>
      index.entriesOf(value, key, keyBytes).map((entry) => ({ space: index.space, ...entry })),
    )
  }

  // -------------------------------------------------------------------------------------------- parts

  /** `bytes` undefined removes the entry. */
  #write(transaction: Writable, keyBytes: Uint8Array, bytes: Uint8Array | undefined): Promise<void> {
    return inTurn(transaction, async () => {
      const was = this.#indexes.size === 0 ? undefined : await transaction.get(this.name, keyBytes)
      const before = was === undefined ? [] : this.indexEntries(keyBytes, was)
      const after = bytes === undefined ? [] : this.indexEntries(keyBytes, bytes)
      for (const { space, key } of [{ space: this.name, key: keyBytes }, ...after]) entryKey(space, key)
      for (const entry of after) await this.#checkUnique(transaction, entry, keyBytes)
      for (const { space, key } of without(before, after)) transaction.delete(space, key)
      for (const { space, key, value } of without(after, before)) transaction.put(space, key, value)
      if (bytes === undefined) transaction.delete(this.name, keyBytes)
      else transaction.put(this.name, keyBytes, bytes)
    })
  }

  /** Entries of unique indexes have a value: the key of the one entry that may be there. */
  async #checkUnique(
    transaction: Writable,
    { space, key, value }: PlacedEntry,
    keyBytes: Uint8Array,
  ): Promise<void> {
    if (![...this.#indexes.values()].some((index) => index.isUnique && index.space === space)) return
    const owner = await transaction.get(space, key)
    if (owner === undefined || compareBytes(owner, value) === 0) return
    throw new StoreError('UNIQUE', `index ${space}`, { at: { space: this.name, key: keyBytes } })
  }

  async *#scan<Index>(
    snapshot: Readable,
    index: SpaceIndex<Key, Out, Index>,
    range: SpaceRange,
  ): AsyncGenerator<IndexedEntry<Index, Key, Out>, void, undefined> {
    for await (const entry of snapshot.range(index.space, range)) {
      const found = this.#reading(() => index.read(entry))
      const bytes = await snapshot.get(this.name, found.keyBytes)
      if (bytes === undefined)
        throw new StoreError('CORRUPT', `index ${index.space} names an entry that is not there: rebuild it`)
      yield { index: found.index, key: this.#keyOf(found.keyBytes), value: this.#out(bytes) }
    }
  }

  #index<Index>(name: string): SpaceIndex<Key, Out, Index> {
    const index = this.#indexes.get(name)
    if (index === undefined) throw new TypeError(`the space ${this.name} has no index ${name}`)
    return index as unknown as SpaceIndex<Key, Out, Index>
  }

  #keyOf(bytes: Uint8Array): Key {
    return this.#reading(() => this.#key.decode(bytes))
  }

  #out(bytes: Uint8Array): Out {
    return this.#reading(() => this.#value.decode(bytes))
  }

  /** Octets of another type were put by somebody else: that is no mistake of the reader. */
  #reading<T>(read: () => T): T {
    try {
      return read()
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause
      throw new StoreError('CORRUPT', `space ${this.name}: ${cause.message}`, { cause })
    }
  }
}

/** What of `entries` is not in `others`. */
function without(entries: readonly PlacedEntry[], others: readonly PlacedEntry[]): PlacedEntry[] {
  return entries.filter(
    ({ space, key, value }) =>
      !others.some(
        (other) =>
          other.space === space &&
          compareBytes(other.key, key) === 0 &&
          compareBytes(other.value, value) === 0,
      ),
  )
}

function boundsOf<Key>(
  { gte, lt, prefix, reverse, limit }: TypedRange<Key>,
  encode: (bound: KeyBound<Key>) => Uint8Array,
): SpaceRange {
  return {
    ...(gte !== undefined && { gte: encode(gte) }),
    ...(lt !== undefined && { lt: encode(lt) }),
    ...(prefix !== undefined && { prefix: encode(prefix) }),
    ...(reverse !== undefined && { reverse }),
    ...(limit !== undefined && { limit }),
  }
}
