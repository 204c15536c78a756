/**
 * Who has how much of a room. One payer may have as much as is left for all others: alone one half, n of them
 * an n-th and a bit less each, so that whoever comes next finds room, however many messages the others send.
 */
import type { Principal } from './interface.ts'

export class FairShare {
  readonly #room: number
  readonly #held = new Map<Principal, number>()
  #taken = 0

  constructor(room: number) {
    this.#room = room
  }

  /** Takes one place for `payer`; gives back what leaves it, or nothing when its share is full. */
  take(payer: Principal): (() => void) | undefined {
    const held = this.#held.get(payer) ?? 0
    if (held >= this.#room - this.#taken) return undefined
    this.#held.set(payer, held + 1)
    this.#taken += 1
    return () => this.#leave(payer)
  }

  #leave(payer: Principal): void {
    this.#taken -= 1
    const held = this.#held.get(payer) ?? 0
    if (held > 1) this.#held.set(payer, held - 1)
    else this.#held.delete(payer)
  }
}
