/**
 * What a running node remembers of its promises: how many are open, and who waits for which. All that must
 * survive is in the store.
 */

/** What one commit did to promises. */
export interface PromiseChanges {
  opened: number
  /** Of those that were counted as open. */
  closed: number
  /** Names of those that ended. */
  readonly ended: string[]
}

export function noChanges(): PromiseChanges {
  return { opened: 0, closed: 0, ended: [] }
}

export class PromiseDesk {
  /** Unknown until somebody asks: a node that promises nothing never counts. */
  open: number | undefined
  /** Raised whenever promises end: who looked before has to look again. */
  #ends = 0
  #waiting = 0
  readonly #waiters = new Map<string, Set<() => void>>()

  /** Told after the commit, and never before. */
  committed({ opened, closed, ended }: PromiseChanges): void {
    if (this.open !== undefined) this.open = Math.max(0, this.open + opened - closed)
    if (ended.length === 0) return
    this.#ends += 1
    for (const name of ended) for (const wake of [...(this.#waiters.get(name) ?? [])]) wake()
  }

  get ends(): number {
    return this.#ends
  }

  /** Room for one who waits; undefined when there is none. The returned function gives it back. */
  enter(waitersMax: number): (() => void) | undefined {
    if (this.#waiting >= waitersMax) return undefined
    this.#waiting += 1
    return () => {
      this.#waiting -= 1
    }
  }

  /** Calls `wake` when one of these promises ends; the returned function takes that back. */
  watch(names: readonly string[], wake: () => void): () => void {
    for (const name of names) {
      const waiters = this.#waiters.get(name) ?? new Set()
      this.#waiters.set(name, waiters.add(wake))
    }
    return () => {
      for (const name of names) {
        const waiters = this.#waiters.get(name)
        waiters?.delete(wake)
        if (waiters?.size === 0) this.#waiters.delete(name)
      }
    }
  }
}
