/** A token bucket per principal: so many per minute, refilled by the second, for a bounded number of them. */
import { BoundedMap } from '../promisebase/index.ts'
import type { Principal } from './interface.ts'

const PRINCIPALS_MAX = 4_096

export class RateBucket {
  readonly #perMinute: number
  readonly #levels = new BoundedMap<Principal, { level: number; at: number }>(PRINCIPALS_MAX)

  constructor(perMinute: number) {
    this.#perMinute = perMinute
  }

  /** Takes one for `principal` at second `now`; false when its bucket is empty. */
  take(principal: Principal, now: number): boolean {
    const before = this.#levels.get(principal) ?? { level: this.#perMinute, at: now }
    const refilled = before.level + (Math.max(0, now - before.at) * this.#perMinute) / 60
    const level = Math.min(this.#perMinute, refilled)
    this.#levels.set(principal, { level: level >= 1 ? level - 1 : level, at: now })
    return level >= 1
  }
}
