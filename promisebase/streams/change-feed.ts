/** Tells readers what was committed, in the order of the commits (spec/streams.md, "Changes"). Without readers it does nothing. */
import { ChangeReader } from './change-reader.ts'
import type { ChangesOptions } from '../interface.ts'
import type { StoreError } from '../errors.ts'

export class ChangeFeed {
  readonly #readers = new Set<ChangeReader>()

  /** Asked before anything is gathered for {@link add}. */
  get isWatched(): boolean {
    return this.#readers.size > 0
  }

  /** A reader of everything after `sequence`, from this call on. */
  open(sequence: number, options: ChangesOptions): ChangeReader {
    const reader = new ChangeReader(sequence, options, () => this.#readers.delete(reader))
    this.#readers.add(reader)
    return reader
  }

  /** A commit that snapshots show now: its keys as text, some perhaps twice. */
  add(sequence: number, keys: readonly string[]): void {
    for (const reader of this.#readers) reader.add(sequence, keys)
  }

  /** Commits of others, of which nobody knows what they wrote. */
  miss(from: number, to: number): void {
    for (const reader of this.#readers) reader.miss(from, to)
  }

  /** Nothing will be committed any more; readers get what they have not taken yet, then the failure, if it was one. */
  end(failure?: StoreError): void {
    for (const reader of [...this.#readers]) reader.end(failure)
    this.#readers.clear()
  }
}
