/** Cuts the state of a store into the pages of a backup: the same state into the same pages, whoever keeps it. */
import { decodeHead } from '../../commit-record.ts'
import { createCid, CODEC, parseCid } from '../../cid.ts'
import { StoreError } from '../../errors.ts'
import { SHA2_256 } from '../../hash.ts'
import { isBlockOf } from '../../hasher.ts'
import { HEAD_KEY, isBlockKey } from '../../keys.ts'
import { copiedKind } from './copied-keys.ts'
import { encodePage, INLINE_BYTES_MAX } from './page.ts'
import type { CID } from 'multiformats/cid'
import type { BackendSnapshot, Hasher } from '../../interface.ts'
import type { Section } from '../car/section.ts'
import type { Manifest } from './manifest.ts'
import type { PageItem } from './page.ts'

/** One page, and the blocks that its items name, in their order. */
export interface PagedBlocks {
  readonly page: Section
  readonly blocks: readonly Section[]
  /** What has been paged so far, this page included. */
  readonly manifest: Manifest
}

/** A page ends with the item that brings it here: so much is held in memory, and one item more. */
const PAGE_ITEMS = 4_096
const PAGE_BYTES = 256 * 1024
const PAGE_BLOCK_BYTES = 4 * 1024 * 1024

/**
 * All pages, every block of them checked.
 * @throws {StoreError} `CORRUPT`, and `HASH` for a block whose hash is not known @throws what `signal` was aborted with
 */
export async function* paged(
  snapshot: Pick<BackendSnapshot, 'range'>,
  hasher: Hasher,
  signal?: AbortSignal,
): AsyncGenerator<PagedBlocks, void, undefined> {
  const pager = new Pager(hasher)
  for await (const [key, value] of snapshot.range({ gte: HEAD_KEY })) {
    signal?.throwIfAborted()
    pager.add(key, value)
    if (pager.isFull) yield pager.turn()
  }
  if (!pager.isEmpty) yield pager.turn()
}

class Pager {
  readonly #hasher: Hasher
  readonly #totals = { sequence: 0, pages: 0, blocks: 0, entries: 0, labels: 0, bytes: 0 }
  #previous: CID | null = null
  #items: PageItem[] = []
  #blocks: Section[] = []
  #bytes = 0
  #blockBytes = 0

  constructor(hasher: Hasher) {
    this.#hasher = hasher
  }

  get isEmpty(): boolean {
    return this.#items.length === 0
  }

  get isFull(): boolean {
    return (
      this.#items.length >= PAGE_ITEMS || this.#bytes >= PAGE_BYTES || this.#blockBytes >= PAGE_BLOCK_BYTES
    )
  }

  add(key: Uint8Array, value: Uint8Array): void {
    this.#count(key, value)
    if (isBlockKey(key)) this.#items.push(this.#addBlock(this.#checked(key, value), value))
    else if (value.length <= INLINE_BYTES_MAX) this.#addPair(key, value)
    else this.#items.push([key, this.#addBlock(this.#name(CODEC.raw, value), value)])
  }

  /** Ends the page. */
  turn(): PagedBlocks {
    const bytes = encodePage({ items: this.#items, previous: this.#previous })
    const page = { cid: this.#name(CODEC.dagCbor, bytes), bytes }
    const blocks = this.#blocks
    this.#previous = page.cid
    this.#items = []
    this.#blocks = []
    this.#bytes = 0
    this.#blockBytes = 0
    this.#totals.pages++
    return { page, blocks, manifest: { ...this.#totals, last: page.cid } }
  }

  #count(key: Uint8Array, value: Uint8Array): void {
    const kind = copiedKind(key)
    if (kind === undefined) throw new StoreError('CORRUPT', 'a key that is none of a store')
    if (kind === 'head') this.#totals.sequence = decodeHead(value).sequence
    if (kind === 'block') this.#totals.blocks++
    if (kind === 'entry') this.#totals.entries++
    if (kind === 'label') this.#totals.labels++
    this.#totals.bytes += key.length + value.length
  }

  #addPair(key: Uint8Array, value: Uint8Array): void {
    this.#bytes += key.length + value.length
    this.#items.push([key, value])
  }

  #addBlock(cid: CID, bytes: Uint8Array): CID {
    this.#blockBytes += bytes.length
    this.#blocks.push({ cid, bytes })
    return cid
  }

  #checked(key: Uint8Array, bytes: Uint8Array): CID {
    const name = new Uint8Array(key.length + 1)
    name.set([1, CODEC.raw])
    name.set(key.subarray(1), 2)
    const cid = parseCid(name, { hashes: this.#hasher.hashes })
    if (cid.refused) throw new StoreError('HASH', `a block that cannot be checked: ${cid.refused.detail}`)
    if (!isBlockOf(this.#hasher, cid.ok, bytes)) throw new StoreError('CORRUPT', `block ${cid.ok}`)
    return cid.ok
  }

  #name(codec: number, bytes: Uint8Array): CID {
    return createCid(codec, this.#hasher.digest(SHA2_256, bytes))
  }
}
