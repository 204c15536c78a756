/** A bounded number of workers, made when they are needed, and who waits for one. */
import type { Place } from './place.ts'

type Waiting = (place: Place | undefined) => void

export class Places {
  readonly #open: () => Place
  readonly #placesMax: number
  readonly #waitingMax: number
  readonly #all = new Set<Place>()
  readonly #idle: Place[] = []
  readonly #waiting = new Set<Waiting>()
  /** Places at work that wait for another handler: theirs are free meanwhile. */
  #still = 0
  #isClosed = false

  constructor(open: () => Place, placesMax: number, waitingMax: number) {
    this.#open = open
    this.#placesMax = placesMax
    this.#waitingMax = waitingMax
  }

  /** In the order of asking; undefined when too many wait already, when `signal` aborts, and when they are closed. */
  async take(signal: AbortSignal): Promise<Place | undefined> {
    if (this.#isClosed || signal.aborted) return undefined
    if (this.#busy < this.#placesMax + this.#still) return this.#next()
    return this.#waiting.size < this.#waitingMax ? this.#wait(signal) : undefined
  }

  giveBack(place: Place): void {
    if (place.isOver) this.#all.delete(place)
    else this.#idle.push(place)
    if (this.#isClosed || this.#busy >= this.#placesMax + this.#still) return
    const [waiting] = this.#waiting
    waiting?.(this.#next())
  }

  /** Does what a place stands still for: else calls of one another would hold all, and wait for one for ever. */
  async standing<T>(work: () => Promise<T>): Promise<T> {
    this.#still += 1
    try {
      return await work()
    } finally {
      this.#still -= 1
    }
  }

  close(): void {
    this.#isClosed = true
    for (const waiting of this.#waiting) waiting(undefined)
    for (const place of this.#all) place.end('its runtime was closed')
  }

  get #busy(): number {
    return this.#all.size - this.#idle.length
  }

  #next(): Place {
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      if (!idle.isOver) return idle
      this.#all.delete(idle)
    }
    const place = this.#open()
    this.#all.add(place)
    return place
  }

  #wait(signal: AbortSignal): Promise<Place | undefined> {
    return new Promise((resolve) => {
      const abort = (): void => waiting(undefined)
      const waiting: Waiting = (place) => {
        this.#waiting.delete(waiting)
        signal.removeEventListener('abort', abort)
        resolve(place)
      }
      signal.addEventListener('abort', abort, { once: true })
      this.#waiting.add(waiting)
    })
  }
}
