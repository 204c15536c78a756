/**
 * Who waits for the result of somebody else, calls and messages of one kernel together: so many and no more, and a
 * share of them for each who pays. What has become ready is begun one after the other, so that a chain of any
 * length needs no deeper stack than one call.
 */
import { FairShare } from '../fair-share.ts'
import type { Principal } from '../interface.ts'

export class Pipeline {
  readonly #waiting: FairShare
  #isBeginning = false
  readonly #ready: (() => void)[] = []
  /** Ready, and without room to run in: in turn for each who pays, so that nobody stands behind another's flood. */
  readonly #parked = new Map<Principal, (() => void)[]>()
  #running = 0
  readonly #ended: (() => void)[] = []

  constructor(waitingMax: number) {
    this.#waiting = new FairShare(waitingMax)
  }

  /** A place to wait in, and the way out of it; undefined when there is none for `payer`. */
  enter(payer: Principal): (() => void) | undefined {
    const leave = this.#waiting.take(payer)
    if (leave === undefined) return undefined
    let isIn = true
    return () => {
      if (isIn) leave()
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
  park(payer: Principal, act: () => void): boolean {
    if (this.#running === 0) return false
    const parked = this.#parked.get(payer)
    if (parked === undefined) this.#parked.set(payer, [act])
    else parked.push(act)
    return true
  }

  /** A call runs: a kernel that closes has to wait for it. */
  enterRun(): void {
    this.#running += 1
  }

  /** It has ended; whoever is parked gets the room that it leaves. */
  leaveRun(hasRoom: (payer: Principal) => boolean): void {
    this.#running -= 1
    for (const [payer, parked] of this.#parked) {
      while (parked.length > 0 && (hasRoom(payer) || this.#running === 0)) this.begin(parked.splice(0, 1))
      if (parked.length === 0) this.#parked.delete(payer)
    }
    if (this.#running === 0) for (const tell of this.#ended.splice(0)) tell()
  }

  /** Resolves when no call runs. */
  async ended(): Promise<void> {
    if (this.#running > 0) await new Promise<void>((resolve) => this.#ended.push(resolve))
  }
}
