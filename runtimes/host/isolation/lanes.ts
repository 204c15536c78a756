/** A bounded number of lanes of one kind, and who waits for one. */
import type { Lane } from './lane.ts'

/** Who waits, and is told: a lane, or none when they close. */
type Waiting = (lane: Lane | undefined) => void

export class Lanes {
  readonly #open: () => Lane
  readonly #lanesMax: number
  readonly #waitingMax: number
  readonly #all = new Set<Lane>()
  readonly #idle: Lane[] = []
  readonly #waiting: Waiting[] = []
  #closed = false

  constructor(open: () => Lane, lanesMax: number, waitingMax: number) {
    this.#open = open
    this.#lanesMax = lanesMax
    this.#waitingMax = waitingMax
  }

  /** The next free lane, in the order of asking; undefined when too many wait already, when `signal` aborts first, and when they are closed. */
  take(signal: AbortSignal): Promise<Lane | undefined> | Lane | undefined {
    if (this.#closed || signal.aborted) return undefined
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      if (!idle.isOver) return idle
      this.#all.delete(idle)
    }
    if (this.#all.size < this.#lanesMax) return this.#start()
    return this.#waiting.length < this.#waitingMax ? this.#wait(signal) : undefined
  }

  /** One that is over is replaced at once, so that its place is soon good for something again. */
  giveBack(lane: Lane): void {
    if (this.#closed) return
    let next = lane
    if (lane.isOver) {
      void lane.end()
      this.#all.delete(lane)
      next = this.#start()
    }
    const waiting = this.#waiting.shift()
    if (waiting === undefined) this.#idle.push(next)
    else waiting(next)
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const waiting of this.#waiting.splice(0)) waiting(undefined)
    await Promise.all([...this.#all].map((lane) => lane.end()))
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
