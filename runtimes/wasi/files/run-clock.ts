/**
 * The clock of one run (spec/preview1.md, "Clocks"). It begins at the same moment for every call; waiting moves it,
 * and takes no time, and whoever looks at it moves it by one nanosecond. So every node sees the same times.
 */

/** 2000-01-01T00:00:00Z, in nanoseconds: archives cannot hold times before 1980. */
const BEGIN = 946_684_800_000_000_000n
/** Some hundred years. Whoever waits longer has waited so long. */
const ELAPSED_MAX = 1n << 62n

export const CLOCKS = 4
/** Their numbers, as far as they matter. */
export const CLOCK = { realtime: 0, monotonic: 1 } as const

export class RunClock {
  #elapsed = 0n

  get realtime(): bigint {
    return BEGIN + this.#elapsed
  }

  /** Nanoseconds since the run began. */
  get elapsed(): bigint {
    return this.#elapsed
  }

  /** A moment by the nanoseconds since the run began, as far off as there are any. */
  moment(elapsed: bigint): bigint {
    return elapsed > ELAPSED_MAX ? ELAPSED_MAX : elapsed
  }

  /** Moves on to a moment, unless it is past. */
  waitUntil(moment: bigint): void {
    if (moment > this.#elapsed) this.#elapsed = this.moment(moment)
  }

  /** What a clock shows: nanoseconds since 1970, or since the run began. */
  read(clock: number): bigint {
    return clock === CLOCK.realtime ? this.realtime : this.#elapsed
  }

  /** How long it is until then; nothing when it is past. */
  until(clock: number, at: bigint): bigint {
    const now = this.read(clock)
    return at > now ? at - now : 0n
  }

  /** What it shows to a guest: who looks twice sees two times, for many divide by what went by, or wait until it does. */
  tick(clock: number): bigint {
    const shown = this.read(clock)
    this.advance(1n)
    return shown
  }

  advance(nanoseconds: bigint): void {
    this.waitUntil(this.#elapsed + nanoseconds)
  }
}
