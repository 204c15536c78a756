/** Indexes put in order: compared with the entries they are made from, and made again, while the store is in use. */
import { StoreError } from '../errors.ts'
import { compareBytes } from '../keys.ts'
import { STORE_LIMITS } from '../store-limits.ts'
import type { Snapshot, SpaceEntry, Store, Transaction } from '../interface.ts'
import type { PlacedEntry, TypedSpace } from './typed-space.ts'

/** What the indexes of a space are like. */
export interface IndexReport {
  readonly entries: number
  /** In all indexes together. */
  readonly indexEntries: number
  /** Entries that an index should find and does not. */
  readonly missing: number
  /** What an index holds for no entry, or for one that has changed. */
  readonly stray: number
}

/** What a rebuild has changed. */
export interface RebuildReport {
  readonly added: number
  readonly removed: number
}

type Readable = Pick<Snapshot, 'get' | 'range'>

/** Compares all indexes of a space with its entries. @throws {StoreError} `CORRUPT` for entries of another type */
export async function verifyIndexes<Key, In, Out, Indexes>(
  snapshot: Readable,
  space: TypedSpace<Key, In, Out, Indexes>,
): Promise<IndexReport> {
  let [entries, indexEntries, missing, stray] = [0, 0, 0, 0]
  for await (const { key, value } of snapshot.range(space.name)) {
    entries++
    for (const wanted of space.indexEntries(key, value)) {
      const there = await snapshot.get(wanted.space, wanted.key)
      if (there === undefined || compareBytes(there, wanted.value) !== 0) missing++
    }
  }
  for (const name of space.indexes.keys())
    for await (const entry of snapshot.range(indexSpace(space, name))) {
      indexEntries++
      if (!(await isWanted(snapshot, space, name, entry))) stray++
    }
  return { entries, indexEntries, missing, stray }
}

/**
 * Takes out of the indexes what no entry has, and adds what is missing: after an index was added to a space, or after
 * somebody wrote beside the typed space. In many small transactions; entries put meanwhile are indexed by who puts them.
 * @throws {StoreError} `UNIQUE` when two entries have one key in a unique index; as {@link Store.transact}
 */
export async function rebuildIndexes<Key, In, Out, Indexes>(
  store: Pick<Store, 'transact'>,
  space: TypedSpace<Key, In, Out, Indexes>,
  options: { readonly signal?: AbortSignal } = {},
): Promise<RebuildReport> {
  let [added, removed] = [0, 0]
  for (const name of space.indexes.keys()) {
    const within = indexSpace(space, name)
    removed += await inSteps(store, within, options, async (transaction, entry) => {
      if (await isWanted(transaction, space, name, entry)) return 0
      transaction.delete(within, entry.key)
      return 1
    })
  }
  added += await inSteps(store, space.name, options, (transaction, { key, value }) =>
    addMissing(transaction, space, key, space.indexEntries(key, value)),
  )
  return { added, removed }
}

/** Entries of a step: few enough that others who write are seldom in the way. */
const STEP_ENTRIES = 256
const RETRIES = 64

/** Visits all entries of a space, some in each transaction, and sums up what the visits answer. */
async function inSteps(
  store: Pick<Store, 'transact'>,
  space: string,
  options: { readonly signal?: AbortSignal },
  visit: (transaction: Transaction, entry: SpaceEntry) => Promise<number>,
): Promise<number> {
  let sum = 0
  let from: Uint8Array | undefined = new Uint8Array(0)
  while (from !== undefined) {
    const gte: Uint8Array = from
    const step = await store.transact(
      async (transaction) => {
        const entries: SpaceEntry[] = []
        for await (const entry of transaction.range(space, { gte, limit: STEP_ENTRIES })) entries.push(entry)
        let count = 0
        for (const entry of entries) count += await visit(transaction, entry)
        return { count, last: entries.length < STEP_ENTRIES ? undefined : entries.at(-1)?.key }
      },
      { ...options, retries: RETRIES },
    )
    sum += step.count
    from = step.last && Uint8Array.of(...step.last, 0)
  }
  return sum
}

async function addMissing<Key, In, Out, Indexes>(
  transaction: Transaction,
  space: TypedSpace<Key, In, Out, Indexes>,
  keyBytes: Uint8Array,
  wanted: readonly PlacedEntry[],
): Promise<number> {
  let added = 0
  for (const entry of wanted) {
    const there = await transaction.get(entry.space, entry.key)
    if (there !== undefined && compareBytes(there, entry.value) === 0) continue
    if (there !== undefined)
      throw new StoreError('UNIQUE', `index ${entry.space}`, { at: { space: space.name, key: keyBytes } })
    transaction.put(entry.space, entry.key, entry.value)
    added++
  }
  return added
}

/** Whether an entry of an index is what the entry it is about should have there. */
async function isWanted<Key, In, Out, Indexes>(
  snapshot: Readable,
  space: TypedSpace<Key, In, Out, Indexes>,
  name: string,
  entry: SpaceEntry,
): Promise<boolean> {
  const keyBytes = keyNamedBy(space, name, entry)
  const bytes = keyBytes && (await snapshot.get(space.name, keyBytes))
  if (keyBytes === undefined || bytes === undefined) return false
  return space
    .indexEntries(keyBytes, bytes)
    .some(
      (wanted) =>
        wanted.space === indexSpace(space, name) &&
        compareBytes(wanted.key, entry.key) === 0 &&
        compareBytes(wanted.value, entry.value) === 0,
    )
}

/** Undefined for octets that are no entry of this index, or name a key that cannot be. */
function keyNamedBy<Key, In, Out, Indexes>(
  space: TypedSpace<Key, In, Out, Indexes>,
  name: string,
  entry: SpaceEntry,
): Uint8Array | undefined {
  try {
    const { keyBytes } = space.indexes.get(name)!.read(entry)
    return keyBytes.length <= STORE_LIMITS.keyBytes ? keyBytes : undefined
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

function indexSpace<Key, In, Out, Indexes>(space: TypedSpace<Key, In, Out, Indexes>, name: string): string {
  return space.indexes.get(name)!.space
}
