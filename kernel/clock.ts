/**
 * The time decisions are made at: the node's clock, never behind the highest second it has acted at, so that a
 * clock set back brings nothing expired to life. A jump forward of more than a day is the operator's to
 * accept: it could as well be a mistake that expires everything (spec/dispatch.md, "Time").
 */
import { refuse } from './errors.ts'
import { MARK_KEY, readUint64, SPACE, uint64 } from './spaces.ts'
import type { Snapshot, Transaction } from '../promisebase/index.ts'
import type { Result } from './errors.ts'

/** How far the mark on disk may be behind: a write per message would be wasted. */
const MARK_LAG_SECONDS = 10

export class NodeClock {
  readonly #clock: () => number
  readonly #jumpMax: number
  #mark: number
  #written: number
  /** The transaction that wrote last: run again after a conflict, it has to write again. */
  #writer: string | undefined

  private constructor(clock: () => number, jumpMax: number, mark: number) {
    this.#clock = clock
    this.#jumpMax = jumpMax
    this.#mark = mark
    this.#written = mark
  }

  static async open(snapshot: Snapshot, clock: () => number, jumpMax: number): Promise<NodeClock> {
    const stored = await snapshot.get(SPACE.clock, MARK_KEY)
    return new NodeClock(clock, jumpMax, stored === undefined ? 0 : readUint64(stored))
  }

  /** Seconds since 1970, or the refusal CLOCK. */
  now(): Result<number> {
    const seconds = this.#seconds()
    if (this.#mark > 0 && seconds > this.#mark + this.#jumpMax) {
      return refuse('CLOCK', `the clock says ${seconds}, this node last acted at ${this.#mark}`)
    }
    this.#mark = Math.max(this.#mark, seconds)
    return { ok: this.#mark }
  }

  /** The same for who cannot be refused. @throws {RangeError} */
  believed(): number {
    const time = this.now()
    if (time.refused !== undefined) throw new RangeError(`clock: ${time.refused.detail}`)
    return time.ok
  }

  /** The operator's word that the clock is right. */
  accept(): number {
    this.#mark = Math.max(this.#mark, this.#seconds())
    return this.#mark
  }

  /** Stages the mark with whatever is being committed, when it has moved enough. Reads nothing. */
  stage(transaction: Transaction): void {
    if (this.#mark < this.#written + MARK_LAG_SECONDS && transaction.id !== this.#writer) return
    transaction.put(SPACE.clock, MARK_KEY, uint64(this.#mark))
    this.#written = this.#mark
    this.#writer = transaction.id
  }

  #seconds(): number {
    return Math.floor(this.#clock() / 1_000)
  }
}
