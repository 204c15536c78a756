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
  #running = 0
  readonly #ended: (() => void)[] = []

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
    if (this.#running > 0) this.#parked.push(act)
    return this.#running > 0
  }

  /** A call runs: a kernel that closes has to wait for it. */
  enterRun(): void {
    this.#running += 1
  }

  /** It has ended; whoever is parked gets the room that it leaves. */
  leaveRun(hasRoom: () => boolean): void {
    this.#running -= 1
    while (this.#parked.length > 0 && (hasRoom() || this.#running === 0))
      this.begin(this.#parked.splice(0, 1))
    if (this.#running === 0) for (const tell of this.#ended.splice(0)) tell()
  }

  /** Resolves when no call runs. */
  async ended(): Promise<void> {
    if (this.#running > 0) await new Promise<void>((resolve) => this.#ended.push(resolve))
  }
}
