/**
 * The clock of one run (spec/preview1.md, "Clocks"). It begins at the same moment for every call; waiting moves it,
 * and takes no time, and whoever looks at it moves it by one nanosecond. So every node sees the same times.
 */

/** 2000-01-01T00:00:00Z, in nanoseconds: archives cannot hold times before 1980. */
const BEGIN = 946_684_800_000_000_000n
/** Some hundred years. Whoever waits longer has waited so long. */
const ELAPSED_MAX = 1n << 62n

export const CLOCKS = 4
const REALTIME = 0

export class RunClock {
  #elapsed = 0n

  get realtime(): bigint {
    return BEGIN + this.#elapsed
  }

  /** What a clock shows: nanoseconds since 1970, or since the run began. */
  read(clock: number): bigint {
    return clock === REALTIME ? this.realtime : this.#elapsed
  }

  /** How long it is until then; nothing when it is past. */
  until(clock: number, at: bigint): bigint {
    const now = this.read(clock)
    return at > now ? at - now : 0n
  }

  /** The same, for a guest: who looks twice sees two times, for many divide by what went by, or wait until it does. */
  tick(clock: number): bigint {
    const shown = this.read(clock)
    this.advance(1n)
    return shown
  }

  advance(nanoseconds: bigint): void {
    const elapsed = this.#elapsed + nanoseconds
    this.#elapsed = elapsed > ELAPSED_MAX ? ELAPSED_MAX : elapsed
  }
}
