/**
 * Appending to a stream: a label that points at a head, moved by compare-and-swap. Whoever appends to one stream at the
 * same time shares a transaction, so that they do not run into each other.
 */
import { createChunker } from '../content/chunker.ts'
import { shape } from '../content/content-error.ts'
import { TreeBuilder } from '../content/tree-builder.ts'
import { writeContent } from '../content/write-content.ts'
import { CODEC } from '../cid.ts'
import { isFlushed } from '../durability.ts'
import { openStreamHead } from './stream-entries.ts'
import { EMPTY_STREAM, encodeStreamHead, withEntry } from './stream-block.ts'
import type { CID } from 'multiformats/cid'
import type { ContentSource } from '../content/content-source.ts'
import type { Snapshot, Store, TransactOptions, Transaction } from '../interface.ts'
import type { StreamHead, StreamItem } from './stream-block.ts'

/** Where an entry is, and a head that names it and everything before it. */
export interface Appended {
  readonly position: number
  readonly offset: number
  readonly size: number
  readonly cid: CID
  readonly head: CID
}

export interface AppendOptions extends Pick<TransactOptions, 'durability' | 'durable'> {
  readonly signal?: AbortSignal
}

/** Longer content is written on its own before its entry is appended. */
const STAGED_BYTES_MAX = 1024 * 1024
/** Entries of one transaction, far from its bounds. */
const GROUP_ENTRIES = 64
/** Others in this process share our transaction, so only foreign writers of the label are in the way. */
const RETRIES = 64

/**
 * Appends one entry: bytes, or content of any length cut where it is like other content, so that the same content is
 * kept once in all streams. Answers once it is in the store. Appends at the same time all land, in one order.
 * @throws {StoreError} as {@link Store.transact} @throws {ContentError} `SHAPE` when the label is no stream
 */
export async function appendToStream(
  store: Store,
  name: string,
  source: ContentSource,
  options: AppendOptions = {},
): Promise<Appended> {
  options.signal?.throwIfAborted()
  const durable = isFlushed(options)
  if (source instanceof Uint8Array && source.length <= STAGED_BYTES_MAX)
    return appenderOf(store, name).append(source.slice(), durable)
  const written = await writeContent(store, source, options.signal ? { signal: options.signal } : {})
  return appenderOf(store, name).append(written, durable)
}

/**
 * Appends entries as part of a transaction, and answers where they will be. Nothing shields it from a conflict with
 * those who append at the same time: then the transaction runs again.
 * @throws {StoreError} `LIMIT`, `CORRUPT` @throws {ContentError} `SHAPE`, `MISSING`
 */
export async function stageAppend(
  transaction: Transaction,
  name: string,
  entries: readonly (Uint8Array | StreamItem)[],
): Promise<Appended[]> {
  const current = await transaction.getLabel(name)
  let head = current === undefined ? EMPTY_STREAM : await openStreamHead(transaction, current)
  const put = (bytes: Uint8Array, codec?: number) => transaction.putBlock(bytes, codec)
  const places: Omit<Appended, 'head'>[] = []
  for (const entry of entries) {
    const { cid, size } = entry instanceof Uint8Array ? putContent(transaction, entry) : entry
    places.push({ cid, size, position: head.length, offset: head.size })
    head = withEntry(head, { cid, size }, put)
  }
  if (!Number.isSafeInteger(head.size)) throw shape('a stream of more bytes than can be counted')
  const next = put(encodeStreamHead(head), CODEC.dagCbor)
  await transaction.setLabel(name, current, next)
  return places.map((place) => ({ ...place, head: next }))
}

/** How long a stream is now; undefined when there is none. @throws {ContentError} `SHAPE`, `MISSING` */
export async function streamHead(
  snapshot: Pick<Snapshot, 'getLabel' | 'getBlock'>,
  name: string,
): Promise<(StreamHead & { readonly cid: CID }) | undefined> {
  const cid = await snapshot.getLabel(name)
  return cid && { cid, ...(await openStreamHead(snapshot, cid)) }
}

/** Bytes as {@link writeContent} would write them. */
function putContent(transaction: Transaction, bytes: Uint8Array): StreamItem {
  const put = (block: Uint8Array, codec?: number) => transaction.putBlock(block, codec)
  const [chunker, tree] = [createChunker(), new TreeBuilder()]
  for (const chunk of chunker.push(bytes)) tree.add(chunk, put)
  const last = chunker.end()
  if (last !== undefined) tree.add(last, put)
  return tree.end(put)
}

interface Waiting {
  readonly entry: Uint8Array | StreamItem
  readonly durable: boolean
  readonly resolve: (appended: Appended) => void
  readonly reject: (reason: unknown) => void
}

/** The appends to one stream that wait for their transaction. */
class Appender {
  readonly #store: Store
  readonly #name: string
  readonly #onIdle: () => void
  #waiting: Waiting[] = []
  #isWriting = false

  constructor(store: Store, name: string, onIdle: () => void) {
    this.#store = store
    this.#name = name
    this.#onIdle = onIdle
  }

  append(entry: Uint8Array | StreamItem, durable: boolean): Promise<Appended> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ entry, durable, resolve, reject })
      if (!this.#isWriting) void this.#drain()
    })
  }

  async #drain(): Promise<void> {
    this.#isWriting = true
    // Whoever appends in this same turn joins the first transaction.
    await Promise.resolve()
    while (this.#waiting.length > 0) await this.#write(this.#waiting.splice(0, GROUP_ENTRIES))
    this.#isWriting = false
    this.#onIdle()
  }

  async #write(group: readonly Waiting[]): Promise<void> {
    const durable = group.some((waiting) => waiting.durable)
    const entries = group.map(({ entry }) => entry)
    try {
      const work = (transaction: Transaction) => stageAppend(transaction, this.#name, entries)
      const places = await this.#store.transact(work, { durable, retries: RETRIES })
      group.forEach(({ resolve }, index) => resolve(places[index]!))
    } catch (error) {
      for (const { reject } of group) reject(error)
    }
  }
}

const appenders = new WeakMap<Store, Map<string, Appender>>()

function appenderOf(store: Store, name: string): Appender {
  const ofStore = appenders.get(store) ?? new Map<string, Appender>()
  appenders.set(store, ofStore)
  const appender = ofStore.get(name) ?? new Appender(store, name, () => ofStore.delete(name))
  ofStore.set(name, appender)
  return appender
}
