/**
 * Who waits for the result of somebody else, calls and messages of one kernel together: so many and no more. What
 * has become ready is begun one after the other, so that a chain of any length needs no deeper stack than one call.
 */
export class Pipeline {
  readonly #waitingMax: number
  #waiting = 0
  #isBeginning = false
  readonly #ready: (() => void)[] = []
  /** Ready, and without room to run in. */
  readonly #parked: (() => void)[] = []
  readonly #running = new Set<Promise<unknown>>()

  constructor(waitingMax: number) {
    this.#waitingMax = waitingMax
  }

  /** A place to wait in, and the way out of it; undefined when there is none. */
  enter(): (() => void) | undefined {
    if (this.#waiting >= this.#waitingMax) return undefined
    this.#waiting += 1
    let isIn = true
    return () => {
      if (isIn) this.#waiting -= 1
      isIn = false
    }
  }

  /** Begins these now, or after those that are being begun already. */
  begin(ready: Iterable<() => void>): void {
    for (const each of ready) this.#ready.push(each)
    if (this.#isBeginning) return
    this.#isBeginning = true
    try {
      for (let next = this.#ready.shift(); next !== undefined; next = this.#ready.shift()) next()
    } finally {
      this.#isBeginning = false
    }
  }

  /** Keeps this until a call has made room; false when none runs that could. */
  park(act: () => void): boolean {
    if (this.#running.size > 0) this.#parked.push(act)
    return this.#running.size > 0
  }

  /** Notes work that a kernel that closes has to wait for; whoever is parked gets the room that it leaves. */
  run(work: Promise<void>, hasRoom: () => boolean): void {
    const noted: Promise<void> = work.finally(() => {
      this.#running.delete(noted)
      while (this.#parked.length > 0 && (hasRoom() || this.#running.size === 0))
        this.begin(this.#parked.splice(0, 1))
    })
    this.#running.add(noted)
  }

  /** Resolves when all work that runs now has ended. */
  async ended(): Promise<void> {
    await Promise.allSettled(this.#running)
  }
}
