/**
 * Many signatures on several threads, with the verdicts that one after the other would get. A thread that dies
 * takes no verdict with it: what it was asked is verified again in this thread.
 */
import { availableParallelism } from 'node:os'

import { HostError } from '../host-error.ts'
import { createThreadLane, hereLane } from './lane.ts'
import { packItems, sizeOf } from './packed.ts'
import type { Lane } from './lane.ts'
import type { PackedItems, SignatureItem } from './packed.ts'

/** Enough that sending costs little beside verifying, few enough that all threads end at about the same time. */
const PART_ITEMS = 32
const BYTES_MAX = 64 * 2 ** 20
const THREADS_MAX = 256
/** So many threads that end without an answer in a row, and no more are started. */
const DEATHS_MAX = 3

export interface BatchVerifierOptions {
  /** One for each processor by default; with 0 everything is verified in this thread, between other work. */
  readonly threads?: number
  /** What may wait or be worked on at one time, 64 MiB by default; each signature counts 256 bytes and its own. */
  readonly bytesMax?: number
}

export interface BatchVerifier {
  /**
   * The verdict of `CryptoProvider.verify` on each item, in their order. The items are copied before this returns.
   * @throws {HostError} `BUSY` when the room is taken: try again when one of the calls before has ended
   * @throws {HostError} `CLOSED` when the verifier was closed before the last verdict
   * @throws {RangeError} for items that do not fit into `bytesMax` even alone
   * @throws the reason of `signal` when it is aborted
   */
  verify(
    items: readonly SignatureItem[],
    options?: { readonly signal?: AbortSignal },
  ): Promise<readonly boolean[]>
  /** Ends the threads; calls that are not done are refused. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * A verifier for batches. Threads start with the first batch, within some tenths of a second, and stay until it
 * is closed. They cost a tenth more work than verifying here, so they pay where processors are idle, or where this
 * thread has something else to do, and a batch holds milliseconds of work: some dozen signatures by Ed25519, or a
 * handful by ML-DSA where that is plain JavaScript.
 * @example
 * await using verifier = createBatchVerifier()
 * const verdicts = await verifier.verify([{ key, message, signature }])
 * @throws {RangeError} for an option out of range
 */
export function createBatchVerifier(options: BatchVerifierOptions = {}): BatchVerifier {
  const { threads = availableParallelism(), bytesMax = BYTES_MAX } = options
  if (!Number.isInteger(threads) || threads < 0 || threads > THREADS_MAX)
    throw new RangeError(`threads must be an integer from 0 to ${THREADS_MAX}`)
  if (!Number.isSafeInteger(bytesMax) || bytesMax < 1)
    throw new RangeError('bytesMax must be a positive integer')
  return new Lanes(threads, bytesMax)
}

/** Some items of one call, and where their verdicts go. */
interface Part {
  readonly packed: PackedItems
  readonly call: AbortController
  readonly settle: (verdicts: readonly boolean[]) => void
  readonly fail: (reason: unknown) => void
}

class Lanes implements BatchVerifier {
  readonly #threads: number
  readonly #bytesMax: number
  readonly #lanes = new Set<Lane>()
  readonly #idle: Lane[] = []
  readonly #calls = new Set<AbortController>()
  #waiting: Part[] = []
  #working = 0
  #bytes = 0
  #deaths = 0
  #closed = false

  constructor(threads: number, bytesMax: number) {
    this.#threads = threads
    this.#bytesMax = bytesMax
  }

  async verify(
    items: readonly SignatureItem[],
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<readonly boolean[]> {
    if (this.#closed) throw closed()
    signal?.throwIfAborted()
    const bytes = items.reduce((sum, item) => sum + sizeOf(item), 0)
    this.#checkRoom(bytes)
    const call = new AbortController()
    const abort = (): void => call.abort(signal?.reason)
    signal?.addEventListener('abort', abort, { once: true })
    this.#calls.add(call)
    this.#bytes += bytes
    try {
      return await this.#answer(items, call)
    } finally {
      signal?.removeEventListener('abort', abort)
      this.#calls.delete(call)
      this.#bytes -= bytes
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const call of this.#calls) call.abort(closed())
    await Promise.all([...this.#lanes].map((lane) => lane.close()))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #checkRoom(bytes: number): void {
    if (bytes > this.#bytesMax)
      throw new RangeError(`items must take at most ${this.#bytesMax} bytes together, these take ${bytes}`)
    if (this.#bytes + bytes > this.#bytesMax)
      throw new HostError('BUSY', `signatures of ${this.#bytes} bytes are waiting already`, {
        fix: 'wait for a call to end, then try again',
      })
  }

  async #answer(items: readonly SignatureItem[], call: AbortController): Promise<readonly boolean[]> {
    const size = Math.min(PART_ITEMS, Math.ceil(items.length / Math.max(1, this.#threads)))
    const parts: Promise<readonly boolean[]>[] = []
    for (let from = 0; from < items.length; from += size) {
      const packed = packItems(items.slice(from, from + size))
      parts.push(new Promise((settle, fail) => this.#waiting.push({ packed, call, settle, fail })))
    }
    const aborted = new Promise<never>((_, reject) => {
      call.signal.addEventListener('abort', () => {
        this.#waiting = this.#waiting.filter((part) => part.call !== call)
        reject(call.signal.reason as Error)
      })
    })
    this.#feed()
    return (await Promise.race([Promise.all(parts), aborted])).flat()
  }

  /** Starts lanes while something waits for one. */
  #feed(): void {
    while (this.#waiting.length > 0 && this.#working < Math.max(1, this.#threads)) {
      this.#working += 1
      void this.#work()
    }
  }

  /** One lane works until nothing waits; when it dies, another one takes its place. */
  async #work(): Promise<void> {
    let lane = this.#idle.pop()
    for (let part = this.#waiting.shift(); part !== undefined; part = this.#waiting.shift()) {
      lane ??= this.#open()
      await this.#verdicts(lane, part).then(part.settle, part.fail)
      if (!this.#lanes.has(lane)) lane = undefined
    }
    if (lane !== undefined) this.#idle.push(lane)
    this.#working -= 1
  }

  #open(): Lane {
    const lane = this.#threads === 0 || this.#deaths >= DEATHS_MAX ? hereLane : createThreadLane()
    this.#lanes.add(lane)
    return lane
  }

  async #verdicts(lane: Lane, { packed, call }: Part): Promise<readonly boolean[]> {
    try {
      const verdicts = await lane.verify(packed)
      this.#deaths = 0
      return verdicts
    } catch {
      this.#lanes.delete(lane)
      this.#deaths += 1
      // Nobody waits any more for what a closed verifier or an aborted call was asked.
      return call.signal.aborted ? [] : hereLane.verify(packed)
    }
  }
}

function closed(): HostError {
  return new HostError('CLOSED', 'this verifier was closed')
}
