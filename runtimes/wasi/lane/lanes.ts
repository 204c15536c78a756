/** A bounded number of lanes of one kind, and who waits for one. */
import { endedLane } from './ended-lane.ts'
import { LaneEnded } from './lane.ts'
import { Turns } from './turns.ts'
import type { Lane } from './lane.ts'

/** Who waits, and is told: a lane, or none when they close. */
type Waiting = (lane: Lane | undefined) => void

/** How many times as many lanes are kept, for those that calls of one another needed: the next ones will. */
const SPARE = 2

export class Lanes {
  readonly #open: () => Lane
  readonly #lanesMax: number
  readonly #waitingMax: number
  readonly #all = new Set<Lane>()
  readonly #idle: Lane[] = []
  readonly #turns = new Turns<Waiting>()
  /** Lanes at work that wait for what they have asked. */
  #still = 0
  #closed = false

  constructor(open: () => Lane, lanesMax: number, waitingMax: number) {
    this.#open = open
    this.#lanesMax = lanesMax
    this.#waitingMax = waitingMax
  }

  /**
   * The next free lane, in the order of asking, for calls of other handlers and for the rest; undefined when too many of
   * these wait already, when `signal` aborts first, and when they are closed.
   */
  take(signal: AbortSignal, isNested = false): Promise<Lane | undefined> | Lane | undefined {
    if (this.#closed || signal.aborted) return undefined
    // A place that a lane which stands still has made is free for who comes, who may be what that lane waits for.
    if (this.#hasPlace) return this.#next()
    return this.#turns.waiting(isNested) < this.#waitingMax ? this.#wait(signal, isNested) : undefined
  }

  /** One that is over is replaced at once, so that its place is soon good for something again. It never throws. */
  giveBack(lane: Lane): void {
    if (this.#closed) return
    let next = lane
    if (lane.isOver) {
      this.#drop(lane)
      next = this.#start()
    }
    const waiting = this.#busy <= this.#placesMax ? this.#turns.next() : undefined
    if (waiting !== undefined) waiting(next)
    else if (next.isOver || this.#all.size > SPARE * this.#lanesMax) this.#drop(next)
    else this.#idle.push(next)
  }

  /**
   * Does what a lane stands still for, which may need a lane itself: its place is free meanwhile. Else calls of one
   * another would hold all lanes, and wait for one for ever. Only such a call is woken for it: others who wait would take
   * the place of the very call it is free for, and might come to stand still as well.
   */
  async standing<T>(work: () => Promise<T>): Promise<T> {
    this.#still += 1
    if (!this.#closed && this.#hasPlace && this.#turns.waiting(true) > 0)
      this.#turns.nextNested()?.(this.#next())
    try {
      return await work()
    } finally {
      this.#still -= 1
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const waiting of this.#turns.removeAll()) waiting(undefined)
    await Promise.all([...this.#all].map((lane) => lane.end()))
  }

  get #hasPlace(): boolean {
    return this.#busy < this.#placesMax
  }

  get #busy(): number {
    return this.#all.size - this.#idle.length
  }

  get #placesMax(): number {
    return this.#lanesMax + this.#still
  }

  #next(): Lane {
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      if (!idle.isOver) return idle
      this.#drop(idle)
    }
    return this.#start()
  }

  #drop(lane: Lane): void {
    void lane.end()
    this.#all.delete(lane)
  }

  /** Where none can be made, one that is over: who is given it ends as of a lane that never came up. */
  #start(): Lane {
    const lane = this.#opened()
    this.#all.add(lane)
    return lane
  }

  #opened(): Lane {
    try {
      return this.#open()
    } catch (error) {
      return endedLane(new LaneEnded(error instanceof Error ? error.message : String(error), {}))
    }
  }

  #wait(signal: AbortSignal, isNested: boolean): Promise<Lane | undefined> {
    return new Promise((resolve) => {
      const waiting: Waiting = (lane) => {
        signal.removeEventListener('abort', abort)
        resolve(lane)
      }
      const abort = (): void => {
        this.#turns.remove(waiting, isNested)
        resolve(undefined)
      }
      signal.addEventListener('abort', abort, { once: true })
      this.#turns.add(waiting, isNested)
    })
  }
}
