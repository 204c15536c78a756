/**
 * Room for replay records. None is dropped while its message could still be accepted, so there is an end to
 * how many there can be: a message that would need one more is told to come later, before it does anything.
 */
import { SPACE } from './spaces.ts'
import type { Snapshot } from '../promisebase/index.ts'

export class ReplayRoom {
  readonly #recordsMax: number
  #taken: number

  private constructor(recordsMax: number, taken: number) {
    this.#recordsMax = recordsMax
    this.#taken = taken
  }

  /** Counts what is in the store; from then on counted in memory. */
  static async open(snapshot: Snapshot, recordsMax: number): Promise<ReplayRoom> {
    let records = 0
    // Each record has one entry here, much shorter than itself.
    for await (const { value } of snapshot.range(SPACE.expiry)) if (value.length === 0) records += 1
    return new ReplayRoom(recordsMax, records)
  }

  get isFull(): boolean {
    return this.#taken >= this.#recordsMax
  }

  /** So many records are gone. */
  drop(records: number): void {
    this.#taken -= records
  }

  seat(): Seat {
    let state: 'none' | 'taken' | 'kept' = 'none'
    return {
      take: () => {
        if (state !== 'none') return true
        if (this.isFull) return false
        this.#taken += 1
        state = 'taken'
        return true
      },
      keep: () => {
        state = 'kept'
      },
      leave: () => {
        if (state === 'taken') this.#taken -= 1
        state = 'none'
      },
    }
  }
}

/** Room for one record, while it is not known whether there will be one. */
export interface Seat {
  /** False when there is no room; taken once, however often it is asked for. */
  take(): boolean
  /** The record is in the store. */
  keep(): void
  /** Gives the room back, unless the record is in the store. */
  leave(): void
}
