/** Stages writes over a view, reads its own writes, and remembers what it has looked at. */
import { checkBlock, isStorable, nameBlock, readBlock } from './block.ts'
import { binaryText, bytesOfText } from './binary-text.ts'
import { CODEC } from './cid.ts'
import { StoreError } from './errors.ts'
import {
  blockKey,
  compareBytes,
  entryBounds,
  entryKey,
  keyInSpace,
  keyOfBlock,
  partsOfEntryKey,
  labelBounds,
  labelKey,
  labelName,
} from './keys.ts'
import { decodeLabel, encodeLabel } from './label.ts'
import { isBefore, mergeRuns } from './merged-runs.ts'
import { Charge, NO_CHARGE } from './quota-book.ts'
import { ReadSet } from './read-set.ts'
import { promised } from './promised.ts'
import { orderOf } from './snapshot.ts'
import { ownBytes } from './own-bytes.ts'
import { openValue, sealValue, sizeOfWrite, valueOfWrite } from './sealed.ts'
import { stageMove } from './streams/label-history.ts'
import { STORE_LIMITS } from './store-limits.ts'
import type { CID } from 'multiformats/cid'
import type { BackendWrite, Hasher, SpaceEntry, SpaceRange, Transaction } from './interface.ts'
import type { QuotaBook, QuotaChange } from './quota-book.ts'
import type { KeyBounds } from './keys.ts'
import type { RunEntry } from './merged-runs.ts'
import type { SeenRange } from './read-set.ts'
import type { StoreLimits } from './store-limits.ts'
import type { View } from './view.ts'

/** What a transaction needs of its store. */
export interface TransactionHost {
  readonly hasher: Hasher
  readonly limits: StoreLimits
  /** The newest view, one use of it taken; called at most once, at the first read. */
  enter(): View
  /** How many moves of a label are kept; none without it. */
  readonly labelHistory?: ((name: string) => number) | undefined
  /** @throws {StoreError} `CLOSED` */
  throwIfClosed(): void
}

export type BlockReader = Pick<Transaction, 'getBlock' | 'hasBlock'>

/** Whether a deletion may be committed. */
export interface Admission {
  /** Asked at the moment of the commit, after everything that is committed before. */
  isAdmitted(): boolean
  /** Over a shared backend, before: all that others have written was heard of, and nobody writes meanwhile. */
  prepare?(blocks: BlockReader): Promise<void>
}

export class StagedTransaction implements Transaction {
  readonly id: string
  readonly #host: TransactionHost
  readonly #by: string | undefined
  readonly #reads: ReadSet
  readonly #writes = new Map<string, BackendWrite>()
  #bytes = 0
  #view: View | undefined
  #sealed = false
  #released = false
  #admission: Admission | undefined
  #charge: Charge | undefined
  #quotaChange: QuotaChange | undefined

  constructor(id: string, host: TransactionHost, by?: string) {
    this.id = id
    this.#by = by
    this.#host = host
    this.#reads = new ReadSet(host.limits.transactionReads)
  }

  /** What is to be written, by the key's text; values with their checksums, as they will lie in the backend. */
  get writes(): ReadonlyMap<string, BackendWrite> {
    return this.#writes
  }

  /** Length of all staged keys and values. */
  get bytes(): number {
    return this.#bytes
  }

  get reads(): ReadSet {
    return this.#reads
  }

  /** The version everything was read at; undefined when nothing was read. */
  get since(): number | undefined {
    return this.#view?.since
  }

  /** The version its view was entered under; undefined when nothing was read. */
  get entered(): number | undefined {
    return this.#view?.version
  }

  /** What it does to spaces with a quota; undefined until it was reckoned. */
  get charge(): Charge | undefined {
    return this.#charge
  }

  get quotaChange(): QuotaChange | undefined {
    return this.#quotaChange
  }

  /** For the quotas of a store (care/): besides its entry in the store, the book is to know of it. */
  changeQuota(change: QuotaChange): void {
    this.#quotaChange = change
  }

  /** Reckons what spaces with a quota grow by; nothing can be staged from here on. What they held under the written keys counts as read. */
  async reckon(book: QuotaBook): Promise<void> {
    this.#sealed = true
    this.#charge = new Charge(book.epoch)
    for (const [text, write] of this.#writes) {
      const entry = partsOfEntryKey(write.key)
      if (entry === undefined || !book.has(entry.space)) continue
      this.#reads.addKey(text)
      const before = await this.#enter().snapshot.get(write.key)
      const prefix = write.key.length - entry.key.length
      const now = write.type === 'put' ? sizeOfWrite(write) - prefix : undefined
      this.#charge.add(entry.space, before && entry.key.length + before.length, now)
    }
  }

  /** For what is written only into spaces that never have a quota. */
  reckonNothing(): void {
    this.#sealed = true
    this.#charge = NO_CHARGE
  }

  /** Whether this is a deletion of blocks: whoever found one of them before is in conflict with it. */
  get deletesBlocks(): boolean {
    return this.#admission !== undefined
  }

  /** Asked at the moment of the commit, after everything that is committed before; false is a conflict. */
  isAdmitted(): boolean {
    return this.#admission === undefined || this.#admission.isAdmitted()
  }

  /** Called in the turn of a shared store, before anything is accepted in it. */
  async prepare(blocks: BlockReader): Promise<void> {
    await this.#admission?.prepare?.(blocks)
  }

  /** From here on nothing can be read or staged: the transaction is being committed, or is over. */
  seal(): void {
    this.#sealed = true
    if (this.#released) return
    this.#released = true
    this.#view?.release()
  }

  // ------------------------------------------------------------------------------------------- blocks

  async getBlock(cid: CID): Promise<Uint8Array | undefined> {
    this.#throwIfSealed()
    if (!isStorable(this.#host.hasher, cid)) return undefined
    const key = blockKey(cid)
    const text = binaryText(key)
    const staged = this.#writes.get(text)
    if (staged?.type === 'put') return staged.value.slice()
    const bytes = await readBlock(this.#enter().snapshot, cid, this.#host.hasher)
    // A block that is here is the same for ever; its absence can be contradicted, and its being here by a deletion.
    if (bytes === undefined) this.#reads.addKey(text)
    else this.#reads.addBlock(text)
    return bytes
  }

  async hasBlock(cid: CID): Promise<boolean> {
    this.#throwIfSealed()
    return isStorable(this.#host.hasher, cid) && (await this.#read(blockKey(cid))) !== undefined
  }

  putBlock(bytes: Uint8Array, codec?: number): CID {
    return this.putOwnBlock(ownBytesOf(bytes, 'bytes'), codec)
  }

  /** For bytes made here (content/) that nobody will change: a copy of them would cost as much as their hash. */
  putOwnBlock(own: Uint8Array, codec: number = CODEC.raw): CID {
    const cid = nameBlock(this.#host.hasher, codec, own)
    this.#stage({ type: 'put', key: blockKey(cid), value: own })
    return cid
  }

  putBlockAs(cid: CID, bytes: Uint8Array): void {
    const own = ownBytesOf(bytes, 'bytes')
    checkBlock(this.#host.hasher, cid, own)
    this.#stage({ type: 'put', key: blockKey(cid), value: own })
  }

  /** For those who know what nobody needs (care/): the blocks with these multihashes, if they still say so. */
  deleteBlocks(multihashes: readonly Uint8Array[], admission: Admission): void {
    this.#admission = admission
    for (const multihash of multihashes) this.#stage({ type: 'delete', key: keyOfBlock(multihash) })
  }

  // ------------------------------------------------------------------------------------------- spaces

  get(space: string, key: Uint8Array): Promise<Uint8Array | undefined> {
    return promised(() => this.#read(entryKey(space, key)))
  }

  put(space: string, key: Uint8Array, value: Uint8Array): void {
    if (value.length > STORE_LIMITS.valueBytes) {
      throw new StoreError(
        'LIMIT',
        `a value has ${value.length} bytes, ${STORE_LIMITS.valueBytes} are allowed`,
      )
    }
    throwIfNoBytes(value, 'value')
    const inStore = entryKey(space, key)
    this.#stage({ type: 'put', key: inStore, value: sealValue(inStore, value) })
  }

  delete(space: string, key: Uint8Array): void {
    this.#stage({ type: 'delete', key: entryKey(space, key) })
  }

  async *range(space: string, range: SpaceRange = {}): AsyncGenerator<SpaceEntry, void, undefined> {
    for await (const [key, value] of this.#scan(entryBounds(space, range), orderOf(range))) {
      yield { key: keyInSpace(space, key), value }
    }
  }

  // ------------------------------------------------------------------------------------------- labels

  async getLabel(name: string): Promise<CID | undefined> {
    const value = await this.#read(labelKey(name))
    return value && decodeLabel(name, value)
  }

  async *labels(prefix = ''): AsyncGenerator<{ readonly name: string; readonly cid: CID }, void, undefined> {
    for await (const [key, value] of this.#scan(labelBounds(prefix), { reverse: false })) {
      const name = labelName(key)
      yield { name, cid: decodeLabel(name, value) }
    }
  }

  async setLabel(name: string, expected: CID | undefined, next: CID | undefined): Promise<void> {
    const key = labelKey(name)
    const value = next && encodeLabel(next, this.#host.hasher.hashes)
    const current = await this.#read(key)
    if (!isSame(current, expected && encodeLabel(expected))) {
      throw new StoreError('CONFLICT', `label ${name} points elsewhere`, { at: { label: name } })
    }
    this.#stage(value ? { type: 'put', key, value: sealValue(key, value) } : { type: 'delete', key })
    const keep = this.#host.labelHistory?.(name) ?? 0
    if (keep > 0) await stageMove(this, name, { by: this.#by, from: expected, to: next }, keep)
  }

  // -------------------------------------------------------------------------------------------- parts

  async #read(key: Uint8Array): Promise<Uint8Array | undefined> {
    this.#throwIfSealed()
    const text = binaryText(key)
    const staged = this.#writes.get(text)
    if (staged) return valueOfWrite(staged)
    this.#reads.addKey(text)
    const { raw } = this.#enter().snapshot
    const stored = raw.getNow === undefined ? await raw.get(key) : raw.getNow(key)
    return stored && openValue(key, stored)
  }

  #stage(write: BackendWrite): void {
    this.#throwIfSealed()
    const text = binaryText(write.key)
    const before = this.#writes.get(text)
    const bytes = this.#bytes + sizeOfWrite(write) - (before ? sizeOfWrite(before) : 0)
    const { transactionWrites, transactionBytes } = this.#host.limits
    if (bytes > transactionBytes)
      throw new StoreError('LIMIT', `a transaction writes more than ${transactionBytes} bytes`)
    if (!before && this.#writes.size >= transactionWrites) {
      throw new StoreError('LIMIT', `a transaction writes more than ${transactionWrites} keys`)
    }
    this.#bytes = bytes
    this.#writes.set(text, write)
  }

  /** Stored and staged entries of a stretch of keys, merged in order; staged as they are when it begins. */
  async *#scan(
    bounds: KeyBounds,
    order: { readonly reverse: boolean; readonly limit?: number },
  ): AsyncGenerator<readonly [Uint8Array, Uint8Array], void, undefined> {
    this.#throwIfSealed()
    const whole = { gte: binaryText(bounds.gte), lt: binaryText(bounds.lt) }
    let left = order.limit ?? Infinity
    if (left === 0 || whole.gte >= whole.lt) return
    const staged = this.#stagedIn(whole, order.reverse)
    // Each staged write can hide at most one stored entry, so this many are always enough.
    const stored = this.#stored(bounds, whole, order.reverse, left + staged.length)
    for await (const [text, value] of staged.length > 0 ? mergeRuns(stored, staged, order.reverse) : stored) {
      if (value === undefined) continue
      yield [bytesOfText(text), value]
      this.#throwIfSealed()
      if (--left === 0) return
    }
  }

  #stagedIn(whole: SeenRange, reverse: boolean): RunEntry[] {
    const staged: RunEntry[] = []
    for (const [text, write] of this.#writes) {
      if (text < whole.gte || text >= whole.lt) continue
      staged.push([text, valueOfWrite(write)])
    }
    return staged.sort(([a], [b]) => (isBefore(a, b, reverse) ? -1 : 1))
  }

  /**
   * Stored entries, the stretch seen so far kept in the read set: a scan that stops after the first entry is
   * not disturbed by what others write behind it.
   */
  async *#stored(
    bounds: KeyBounds,
    whole: SeenRange,
    reverse: boolean,
    limit: number,
  ): AsyncGenerator<readonly [string, Uint8Array], void, undefined> {
    const seen: SeenRange = reverse ? { gte: whole.lt, lt: whole.lt } : { gte: whole.gte, lt: whole.gte }
    this.#reads.addRange(seen)
    let count = 0
    const range = limit === Infinity ? { ...bounds, reverse } : { ...bounds, reverse, limit }
    for await (const [key, value] of this.#enter().snapshot.range(range)) {
      const text = binaryText(key)
      if (reverse) seen.gte = text
      else seen.lt = `${text}\0`
      count++
      yield [text, value]
    }
    if (count < limit) Object.assign(seen, whole)
  }

  #enter(): View {
    this.#host.throwIfClosed()
    this.#view ??= this.#host.enter()
    return this.#view
  }

  #throwIfSealed(): void {
    if (this.#sealed) throw new StoreError('CLOSED', 'the transaction is over')
  }
}

function isSame(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === undefined || b === undefined ? a === b : compareBytes(a, b) === 0
}

/** A copy that the caller cannot change any more, whatever kind of byte array it was. */
function ownBytesOf(bytes: Uint8Array, what: string): Uint8Array {
  throwIfNoBytes(bytes, what)
  return ownBytes(bytes)
}

function throwIfNoBytes(bytes: Uint8Array, what: string): void {
  if (!(bytes instanceof Uint8Array)) throw new TypeError(`${what} must be a Uint8Array`)
}
