/**
 * Who waits for a lane, and whose turn it is. Calls that handlers make of one another go first, so that what has begun
 * ends, and gives back what it holds. The others are not kept waiting by them for ever: after so many, it is their turn.
 */

/** Calls of handlers that go before others who wait, one after the other. */
const AHEAD_MAX = 4

export class Turns<Waiting> {
  readonly #nested: Waiting[] = []
  readonly #others: Waiting[] = []
  /** Calls of handlers that have gone before the first of the others. */
  #ahead = 0

  /** How many wait who are as urgent as this. */
  waiting(isNested: boolean): number {
    return this.#lineOf(isNested).length
  }

  add(waiting: Waiting, isNested: boolean): void {
    this.#lineOf(isNested).push(waiting)
  }

  /** It gives up. */
  remove(waiting: Waiting, isNested: boolean): void {
    const line = this.#lineOf(isNested)
    const at = line.indexOf(waiting)
    if (at >= 0) line.splice(at, 1)
  }

  /** For a place that is given back. */
  next(): Waiting | undefined {
    if (this.#others.length === 0) return this.nextNested()
    if (this.#nested.length > 0 && this.#ahead < AHEAD_MAX) {
      this.#ahead += 1
      return this.#nested.shift()
    }
    this.#ahead = 0
    return this.#others.shift()
  }

  /** For a place that no other is due. */
  nextNested(): Waiting | undefined {
    return this.#nested.shift()
  }

  removeAll(): readonly Waiting[] {
    return [...this.#nested.splice(0), ...this.#others.splice(0)]
  }

  #lineOf(isNested: boolean): Waiting[] {
    return isNested ? this.#nested : this.#others
  }
}
