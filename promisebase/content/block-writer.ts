/**
 * Writes any number of blocks in transactions of a few MiB, one being committed while the next one fills: what is in
 * memory does not grow with what is written. Each transaction is durable, so that none is missing before the last.
 */
import { StagedTransaction } from '../transaction.ts'
import type { CID } from 'multiformats/cid'
import type { Store, Transaction } from '../interface.ts'

/** Names a block and stages it; the bytes are given away. `codec` is a multicodec code, raw by default. */
export type PutBlock = (bytes: Uint8Array, codec?: number) => CID

/** What is done once its turn has come: puts blocks that may name those of the steps before. Runs once. */
export type WriteStep<T = unknown> = (put: PutBlock) => T

/** What a step came to: to be asked by later steps, or when the writer has come to its end. */
export type Later<T> = () => T

/** How many blocks are written: given up by the signal, watched by what is committed. */
export interface BlockWriterOptions {
  readonly signal?: AbortSignal | undefined
  /** Bytes of content of all steps that are committed. */
  readonly onCommit?: ((bytes: number) => void) | undefined
}

type StagedBlock = readonly [bytes: Uint8Array, codec: number | undefined]

/** Two of these are in memory at a time, each twice: as it came and as it is written. */
const BATCH_BYTES = 4 * 1024 * 1024
/** Far below what a transaction may write, also where a step puts several blocks. */
const BATCH_STEPS = 4_096

export class BlockWriter {
  readonly #store: Pick<Store, 'transact'>
  readonly #options: BlockWriterOptions
  #steps: WriteStep[] = []
  #bytes = 0
  /** Of these steps, bytes of content. */
  #content = 0
  #committed = 0
  #committing: Promise<void> = Promise.resolve()

  constructor(store: Pick<Store, 'transact'>, options: BlockWriterOptions = {}) {
    this.#store = store
    this.#options = options
  }

  /**
   * Takes a step that puts about so many bytes, of which so many are content, and waits while too many are under way.
   * What the step answers can be asked for from its turn on.
   * @throws {StoreError} of an earlier transaction, and the reason of the signal
   */
  async write<T>(bytes: number, step: WriteStep<T>, content = 0): Promise<Later<T>> {
    this.#options.signal?.throwIfAborted()
    let done: { readonly result: T } | undefined
    this.#steps.push((put) => (done = { result: step(put) }))
    this.#bytes += bytes
    this.#content += content
    if (this.#bytes >= BATCH_BYTES || this.#steps.length >= BATCH_STEPS) await this.#commitNext()
    return () => {
      if (done === undefined) throw new TypeError('what was written is asked for before its turn')
      return done.result
    }
  }

  /** Resolves when everything is on disk. @throws as {@link write} */
  async end(): Promise<void> {
    if (this.#steps.length > 0) await this.#commitNext()
    await this.#committing
  }

  /** Resolves when nothing is being written any more, whatever came of it. */
  async settle(): Promise<void> {
    await this.#committing.catch(() => undefined)
  }

  async #commitNext(): Promise<void> {
    await this.#committing
    this.#options.signal?.throwIfAborted()
    const [steps, content] = [this.#steps, this.#content]
    this.#steps = []
    this.#bytes = 0
    this.#content = 0
    this.#committing = this.#commit(steps, content)
    // Whoever writes next hears of it.
    this.#committing.catch(() => undefined)
  }

  async #commit(steps: readonly WriteStep[], content: number): Promise<void> {
    const { signal, onCommit } = this.#options
    /** What the steps have put: a transaction that runs again writes the same without running them again. */
    let staged: StagedBlock[] | undefined
    await this.#store.transact(
      (transaction) => {
        const put = putInto(transaction)
        if (staged !== undefined) return staged.forEach(([block, codec]) => put(block, codec))
        const puts: StagedBlock[] = []
        for (const step of steps)
          step((block, codec) => {
            puts.push([block, codec])
            return put(block, codec)
          })
        staged = puts
      },
      signal === undefined ? {} : { signal },
    )
    this.#committed += content
    onCommit?.(this.#committed)
  }
}

/** A transaction of our own store takes the bytes as they are; any other one copies them. */
function putInto(transaction: Transaction): PutBlock {
  return transaction instanceof StagedTransaction
    ? (block, codec) => transaction.putOwnBlock(block, codec)
    : (block, codec) => transaction.putBlock(block, codec)
}
