/**
 * A hold over a backend that several processes share. What is put under it is written beside it, in the same batch, so
 * that a collection in any process finds it; and since a process can end unseen, it lasts only until it expires.
 */
import { StoreError } from '../errors.ts'
import { entryKey, isBlockKey, multihashOf } from '../keys.ts'
import { careOf } from '../store-care.ts'
import {
  blocksKey,
  checkExpiry,
  encodeBlocks,
  encodeRecord,
  HOLD_ID_BYTES,
  HOLD_SPACE,
  recordKey,
} from './hold-keys.ts'
import type { BatchKeeper } from '../commit-queue.ts'
import type { BackendWrite, Store, Transaction, WriteTurn } from '../interface.ts'
import type { StoreCare } from '../store-care.ts'
import type { HoldRecord } from './hold-keys.ts'

/** Entries removed in one transaction. */
const REMOVED_AT_ONCE = 10_000

export class RecordedHold implements BatchKeeper {
  readonly #store: Store
  readonly #care: StoreCare
  readonly #id: Uint8Array
  readonly #deafen: () => void
  #record: HoldRecord
  #isOpen = true
  /** Whether the record is in the store, and whether it is on its way. */
  #isRecorded = false
  #isStaged = false
  /** Numbers that may have been written: none is used twice. */
  #numbers = 0
  #blocks = 0

  constructor(store: Store, record: HoldRecord) {
    this.#store = store
    this.#record = record
    this.#care = careOf(store)
    this.#id = this.#care.random(HOLD_ID_BYTES)
    this.#deafen = this.#care.keep(this)
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  get blocks(): number {
    return this.#blocks
  }

  async isOpenIn(transaction: Transaction): Promise<boolean> {
    const record = await transaction.get(HOLD_SPACE, recordKey(this.#id))
    return this.#isOpen && (record !== undefined || !this.#isRecorded)
  }

  async renew(expires: number): Promise<boolean> {
    checkExpiry(expires)
    const record = { ...this.#record, expires }
    const isRenewed = await this.#store.transact(async (transaction) => {
      if (!(await this.isOpenIn(transaction))) return false
      transaction.put(HOLD_SPACE, recordKey(this.#id), encodeRecord(record))
      return true
    })
    if (!isRenewed) this.#end()
    else {
      this.#record = record
      this.#isRecorded = true
    }
    return isRenewed
  }

  release(): void {
    if (!this.#isOpen) return
    this.#end()
    if (this.#isRecorded || this.#isStaged) this.#remove()
  }

  [Symbol.dispose](): void {
    this.release()
  }

  async writesFor(writes: readonly BackendWrite[], turn: WriteTurn): Promise<readonly BackendWrite[]> {
    const put = writes.filter(({ type, key }) => type === 'put' && isBlockKey(key))
    if (put.length === 0 || !(await this.#isStillThere(turn))) return []
    this.#blocks += put.length
    const entries: [key: Uint8Array, value: Uint8Array][] = []
    if (!this.#isRecorded) entries.push([recordKey(this.#id), encodeRecord(this.#record)])
    this.#isStaged = true
    for (const blocks of encodeBlocks(put.map(({ key }) => multihashOf(key))))
      entries.push([blocksKey(this.#id, this.#numbers++), blocks])
    return entries.map(([key, value]) => ({ type: 'put', key: entryKey(HOLD_SPACE, key), value }))
  }

  settle(isWritten: boolean): void {
    if (isWritten && this.#isStaged) this.#isRecorded = true
  }

  /** A collection that was told of a later second than ours has removed it, and perhaps what was put. */
  async #isStillThere(turn: WriteTurn): Promise<boolean> {
    if (!this.#isRecorded) return true
    if ((await turn.get(entryKey(HOLD_SPACE, recordKey(this.#id)))) !== undefined) return true
    this.#end()
    return false
  }

  #end(): void {
    this.#isOpen = false
    this.#deafen()
  }

  /** Begun before this returns. What fails here is left to a collection: the hold expires. */
  #remove(): void {
    for (let from = 0; from === 0 || from < this.#numbers; from += REMOVED_AT_ONCE) {
      const end = Math.min(from + REMOVED_AT_ONCE, this.#numbers)
      const removed = this.#care.write((transaction) => {
        if (from === 0) transaction.delete(HOLD_SPACE, recordKey(this.#id))
        for (let number = from; number < end; number++)
          transaction.delete(HOLD_SPACE, blocksKey(this.#id, number))
      })
      removed.catch((error: unknown) => {
        if (!(error instanceof StoreError)) throw error
      })
    }
  }
}
