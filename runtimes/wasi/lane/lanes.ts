/** A bounded number of lanes of one kind, and who waits for one. */
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
  readonly #waiting: Waiting[] = []
  /** Lanes at work that wait for what they have asked. */
  #still = 0
  #closed = false

  constructor(open: () => Lane, lanesMax: number, waitingMax: number) {
    this.#open = open
    this.#lanesMax = lanesMax
    this.#waitingMax = waitingMax
  }

  /** The next free lane, in the order of asking; undefined when too many wait already, when `signal` aborts first, and when they are closed. */
  take(signal: AbortSignal): Promise<Lane | undefined> | Lane | undefined {
    if (this.#closed || signal.aborted) return undefined
    if (this.#busy < this.#placesMax) return this.#next()
    return this.#waiting.length < this.#waitingMax ? this.#wait(signal) : undefined
  }

  /** One that is over is replaced at once, so that its place is soon good for something again. */
  giveBack(lane: Lane): void {
    if (this.#closed) return
    let next = lane
    if (lane.isOver) {
      this.#drop(lane)
      next = this.#start()
    }
    const waiting = this.#busy <= this.#placesMax ? this.#waiting.shift() : undefined
    if (waiting !== undefined) waiting(next)
    else if (this.#all.size > SPARE * this.#lanesMax) this.#drop(next)
    else this.#idle.push(next)
  }

  /**
   * Does what a lane stands still for, which may need a lane itself: its place is free meanwhile. Else calls of one
   * another would hold all lanes, and wait for one for ever.
   */
  async standing<T>(work: () => Promise<T>): Promise<T> {
    this.#still += 1
    try {
      return await work()
    } finally {
      this.#still -= 1
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const waiting of this.#waiting.splice(0)) waiting(undefined)
    await Promise.all([...this.#all].map((lane) => lane.end()))
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

  #start(): Lane {
    const lane = this.#open()
    this.#all.add(lane)
    return lane
  }

  #wait(signal: AbortSignal): Promise<Lane | undefined> {
    return new Promise((resolve) => {
      const waiting: Waiting = (lane) => {
        signal.removeEventListener('abort', abort)
        resolve(lane)
      }
      const abort = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1)
        resolve(undefined)
      }
      signal.addEventListener('abort', abort, { once: true })
      this.#waiting.push(waiting)
    })
  }
}
