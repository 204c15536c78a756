/**
 * What a running node remembers of its promises: the room for open ones, and who waits for which. All that must
 * survive is in the store.
 */
import { FairShare } from '../fair-share.ts'
import type { CID } from 'multiformats/cid'
import type { Principal } from '../interface.ts'
import type { PromiseRoom } from './room.ts'

/** What one commit did to promises. */
export interface PromiseChanges {
  /** Requests that were answered with one. */
  readonly opened: CID[]
  /** Who pays for those that were counted as open. */
  readonly closed: Principal[]
  /** Names of those that ended. */
  readonly ended: string[]
}

export function noChanges(): PromiseChanges {
  return { opened: [], closed: [], ended: [] }
}

export class PromiseDesk {
  readonly room: PromiseRoom
  /** Raised whenever promises end: who looked before has to look again. */
  #ends = 0
  readonly #waiting: FairShare
  readonly #waiters = new Map<string, Set<() => void>>()

  constructor(room: PromiseRoom, waitersMax: number) {
    this.room = room
    this.#waiting = new FairShare(waitersMax)
  }

  /** Told after the commit, and never before. */
  committed({ opened, closed, ended }: PromiseChanges): void {
    for (const request of opened) this.room.keep(request)
    for (const payer of closed) this.room.leave(payer)
    if (ended.length === 0) return
    this.#ends += 1
    for (const name of ended) for (const wake of [...(this.#waiters.get(name) ?? [])]) wake()
  }

  get ends(): number {
    return this.#ends
  }

  /** Room to wait for what was promised to `audience`; undefined when there is none. The function gives it back. */
  enter(audience: Principal): (() => void) | undefined {
    return this.#waiting.take(audience)
  }

  /** Calls `wake` when one of these promises ends; the returned function takes that back. */
  watch(names: readonly string[], wake: () => void): () => void {
    for (const name of names) {
      const waiters = this.#waiters.get(name) ?? new Set()
      this.#waiters.set(name, waiters.add(wake))
    }
    return () => {
      for (const name of names) {
        const waiters = this.#waiters.get(name)
        waiters?.delete(wake)
        if (waiters?.size === 0) this.#waiters.delete(name)
      }
    }
  }
}
