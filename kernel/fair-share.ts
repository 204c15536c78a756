/**
 * Who has how much of a room. One payer may have as much as is left for all others: alone one half, n of them
 * an n-th and a bit less each, so that whoever comes next finds room, however much the others ask for.
 */
import { PassingMap } from '../promisebase/index.ts'
import { refuse } from './errors.ts'
import type { Refusal } from './errors.ts'
import type { Capability, Message, Principal } from './interface.ts'

export class FairShare {
  readonly #room: number
  readonly #held = new PassingMap<Principal, number>()
  #taken = 0

  constructor(room: number) {
    this.#room = room
  }

  /** Whether `payer` has less than its share. */
  hasRoom(payer: Principal): boolean {
    return (this.#held.get(payer) ?? 0) < this.#room - this.#taken
  }

  /** Takes one place for `payer`; gives back what leaves it, or nothing when its share is full. */
  take(payer: Principal): (() => void) | undefined {
    if (!this.hasRoom(payer)) return undefined
    this.hold(payer)
    return () => this.leave(payer)
  }

  /** A place that `payer` has already, whether or not there is room for it. */
  hold(payer: Principal): void {
    this.#held.set(payer, (this.#held.get(payer) ?? 0) + 1)
    this.#taken += 1
  }

  /** Gives back one place of `payer`, who must have one. */
  leave(payer: Principal): void {
    const held = this.#held.get(payer) ?? 0
    if (held === 0) return
    this.#taken -= 1
    if (held > 1) this.#held.set(payer, held - 1)
    else this.#held.delete(payer)
  }
}

/** Whoever was granted something first pays for all he passed it on to: fresh keys cost him nothing. */
export function payerOf({ claims }: Pick<Message, 'claims'>, chain: readonly Capability[] = []): Principal {
  const [first, second] = chain
  // An adoption is no grant yet: its holder passes on what is the node's.
  const granted = first?.resource.kind === 'node' ? second : first
  if (granted === undefined) return claims.issuer
  return granted.holder === 'bearer' ? granted.id.toString() : granted.holder
}

/** What a payer is told whose share is full: others may have room. */
export function noShare(of: string): { readonly refused: Refusal } {
  return refuse('BUSY', `a share of the room for ${of} is in use`)
}
