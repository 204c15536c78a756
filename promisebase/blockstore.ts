/**
 * The store as a `Blockstore` of `interface-blockstore` 7, which Helia and other tools of IPFS keep their blocks in.
 * The contract is met by its shape, so that nobody needs the package who does not use it.
 *
 * Nothing that is put this way is kept by itself: pin the root or let a label point at it, and put all of it under a hold
 * (care/hold.ts) where something may be collected before.
 */
import { isStorable } from './block.ts'
import { asVersion1 } from './care/car/section.ts'
import { isInline } from './care/car/descend.ts'
import { joinBytes } from './care/car/header.ts'
import { StoreError } from './errors.ts'
import { isBlockOf } from './hasher.ts'
import { blockBounds, cidOfBlockKey, compareBytes } from './keys.ts'
import { bareSnapshot } from './snapshot.ts'
import { careOf } from './store-care.ts'
import { BLOCK_BYTES_MAX } from './store-limits.ts'
import type { CID } from 'multiformats/cid'
import type { OpenSnapshot, Store } from './interface.ts'

export interface BlockstoreOptions {
  /**
   * Lets `delete` and `deleteMany` delete, whatever leads to a block. Without it they reject with
   * `DeleteFailedError`: a tool that clears away what it does not know itself would take what everyone else keeps
   * in this store. `collect` frees what nobody names.
   */
  readonly deletes?: boolean
}

export interface BlockstoreCallOptions {
  readonly signal?: AbortSignal
}

/** The bytes of a block, whole or in pieces. */
export type BlockInput = Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>

export interface BlockstorePair {
  readonly cid: CID
  readonly bytes: AsyncGenerator<Uint8Array>
}

/** What `Blockstore` of `interface-blockstore` asks for. */
export interface StoreBlockstore {
  has(cid: CID, options?: BlockstoreCallOptions): Promise<boolean>
  /** @throws {StoreError} `HASH` for bytes that the CID does not name, `LIMIT` for too many */
  put(cid: CID, bytes: BlockInput, options?: BlockstoreCallOptions): Promise<CID>
  /** The whole block as one piece; rejects with `NotFoundError` when it is not here. */
  get(cid: CID, options?: BlockstoreCallOptions): AsyncGenerator<Uint8Array>
  /** Blocks are kept in groups, and named when their group is kept. */
  putMany(
    source: Many<{ readonly cid: CID; readonly bytes: BlockInput }>,
    options?: BlockstoreCallOptions,
  ): AsyncGenerator<CID>
  getMany(source: Many<CID>, options?: BlockstoreCallOptions): AsyncGenerator<BlockstorePair>
  /**
   * All blocks of one moment whose hash the store has, under codec raw: the codec is known only to who names a block.
   * Each is read once, and rejects with `CORRUPT` when it is not what its name says.
   */
  getAll(options?: BlockstoreCallOptions): AsyncGenerator<BlockstorePair>
  delete(cid: CID, options?: BlockstoreCallOptions): Promise<void>
  deleteMany(source: Many<CID>, options?: BlockstoreCallOptions): AsyncGenerator<CID>
}

type Many<T> = Iterable<T> | AsyncIterable<T>

/** A second face of a store, which stays the one to close. */
export function createBlockstore(store: Store, options: BlockstoreOptions = {}): StoreBlockstore {
  return new Blocks(store, options.deletes ?? false)
}

/** Whoever asks for a deletion answers for it. */
const ALWAYS = { isAdmitted: () => true }

/** One group holds so much, and one block more. */
const GROUP_BLOCKS = 256
const GROUP_BYTES = 8 * 1024 * 1024

interface NamedBytes {
  /** As the caller names it. */
  readonly cid: CID
  readonly bytes: Uint8Array
}

class Blocks implements StoreBlockstore {
  readonly #store: Store
  readonly #deletes: boolean

  constructor(store: Store, deletes: boolean) {
    this.#store = store
    this.#deletes = deletes
  }

  async has(cid: CID, { signal }: BlockstoreCallOptions = {}): Promise<boolean> {
    signal?.throwIfAborted()
    if (isInline(cid)) return true
    using snapshot = this.#store.snapshot()
    const name = asVersion1(cid)
    return name !== undefined && (await snapshot.hasBlock(name))
  }

  async put(cid: CID, input: BlockInput, options: BlockstoreCallOptions = {}): Promise<CID> {
    options.signal?.throwIfAborted()
    await this.#keep([{ cid, bytes: await wholeOf(input) }], options)
    return cid
  }

  async *get(cid: CID, { signal }: BlockstoreCallOptions = {}): AsyncGenerator<Uint8Array> {
    signal?.throwIfAborted()
    using snapshot = this.#store.snapshot()
    yield await read(snapshot, cid)
  }

  async *putMany(
    source: Many<{ readonly cid: CID; readonly bytes: BlockInput }>,
    options: BlockstoreCallOptions = {},
  ): AsyncGenerator<CID> {
    let group: NamedBytes[] = []
    let groupBytes = 0
    options.signal?.throwIfAborted()
    for await (const pair of source) {
      options.signal?.throwIfAborted()
      const bytes = await wholeOf(pair.bytes)
      group.push({ cid: pair.cid, bytes })
      groupBytes += bytes.length
      if (group.length < GROUP_BLOCKS && groupBytes < GROUP_BYTES) continue
      yield* this.#keptOf(group, options)
      group = []
      groupBytes = 0
    }
    yield* this.#keptOf(group, options)
  }

  async *getMany(source: Many<CID>, options: BlockstoreCallOptions = {}): AsyncGenerator<BlockstorePair> {
    options.signal?.throwIfAborted()
    for await (const cid of source) yield { cid, bytes: this.get(cid, options) }
  }

  async *getAll({ signal }: BlockstoreCallOptions = {}): AsyncGenerator<BlockstorePair> {
    signal?.throwIfAborted()
    using snapshot = this.#store.snapshot()
    const below = bareSnapshot(snapshot)
    for await (const [key, bytes] of below.snapshot.range(blockBounds({}))) {
      signal?.throwIfAborted()
      const cid = cidOfBlockKey(key)
      // As good as absent: nobody here could say whether it is what its name says.
      if (!isStorable(below.hasher, cid)) continue
      if (!isBlockOf(below.hasher, cid, bytes)) throw new StoreError('CORRUPT', `block ${cid}`)
      yield { cid, bytes: onePiece(bytes) }
    }
  }

  async delete(cid: CID, options: BlockstoreCallOptions = {}): Promise<void> {
    options.signal?.throwIfAborted()
    if (!this.#deletes)
      throw named('DeleteFailedError', 'this store deletes only what nobody names: collect it')
    const name = isInline(cid) ? undefined : asVersion1(cid)
    if (name === undefined) return
    await careOf(this.#store).deleteBlocks([name.multihash.bytes], ALWAYS, options.signal)
  }

  async *deleteMany(source: Many<CID>, options: BlockstoreCallOptions = {}): AsyncGenerator<CID> {
    options.signal?.throwIfAborted()
    for await (const cid of source) {
      await this.delete(cid, options)
      yield cid
    }
  }

  async *#keptOf(group: readonly NamedBytes[], options: BlockstoreCallOptions): AsyncGenerator<CID> {
    await this.#keep(group, options)
    for (const { cid } of group) yield cid
  }

  async #keep(group: readonly NamedBytes[], { signal }: BlockstoreCallOptions): Promise<void> {
    await this.#store.transact(
      (transaction) => {
        for (const { cid, bytes } of group) {
          if (isInline(cid)) checkInline(cid, bytes)
          else transaction.putBlockAs(storable(cid), bytes)
        }
      },
      signal === undefined ? {} : { signal },
    )
  }
}

async function read(snapshot: OpenSnapshot, cid: CID): Promise<Uint8Array> {
  if (isInline(cid)) return cid.multihash.digest.slice()
  const name = asVersion1(cid)
  const bytes = name && (await snapshot.getBlock(name))
  if (bytes === undefined) throw named('NotFoundError', `block ${cid} is not in the store`)
  return bytes
}

async function* onePiece(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

/** Stops taking pieces once they are more than any block is. */
async function wholeOf(input: BlockInput): Promise<Uint8Array> {
  if (input instanceof Uint8Array) return input
  const pieces: Uint8Array[] = []
  let length = 0
  for await (const piece of input) {
    length += piece.length
    if (length > BLOCK_BYTES_MAX)
      throw new StoreError('LIMIT', `a block has more than the ${BLOCK_BYTES_MAX} bytes that are allowed`)
    pieces.push(piece)
  }
  return pieces.length === 1 ? pieces[0]! : joinBytes(pieces)
}

function storable(cid: CID): CID {
  const name = asVersion1(cid)
  if (name === undefined) throw new StoreError('HASH', `${cid} has no whole digest of a hash that is known`)
  return name
}

/** A block in its own name is kept by whoever has the name. */
function checkInline(cid: CID, bytes: Uint8Array): void {
  if (compareBytes(cid.multihash.digest, bytes) !== 0) throw new StoreError('HASH', cid.toString())
}

/** Callers of the contract tell its errors by their names. */
function named(name: 'NotFoundError' | 'DeleteFailedError', message: string): Error {
  const error = new Error(message)
  error.name = name
  return error
}
