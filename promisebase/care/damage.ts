/** What is found wrong on the way from the roots of a store: counted wholly, and named as far as it helps a person. */
import type { CID } from 'multiformats/cid'

/** How many there are, and the first of them. */
export interface Found {
  readonly count: number
  readonly first: readonly CID[]
}

export interface Damage {
  /** Named, and not here. */
  readonly missing: Found
  /** Here, with other bytes than its name says. */
  readonly corrupt: Found
  /** Not what its codec says: its links are not known. */
  readonly undecodable: Found
  /** Of a codec that nobody here can look into: if it links to anything, that is not known. */
  readonly opaque: Found
}

export type DamageKind = keyof Damage

const KINDS: readonly DamageKind[] = ['missing', 'corrupt', 'undecodable', 'opaque']

/** How many CIDs of each kind are named unless somebody wants more. */
export const FIRST_MAX = 16

export class DamageNotes {
  readonly #firstMax: number
  readonly #found = new Map(KINDS.map((kind) => [kind, { count: 0, first: [] as CID[] }]))

  constructor(firstMax: number = FIRST_MAX) {
    this.#firstMax = firstMax
  }

  add(kind: DamageKind, cid: CID): void {
    const found = this.#found.get(kind)!
    found.count++
    if (found.first.length < this.#firstMax) found.first.push(cid)
  }

  /** Takes over what other notes say of these kinds. */
  join(other: DamageNotes, kinds: readonly DamageKind[] = KINDS): void {
    for (const kind of kinds) {
      const { count, first } = other.#found.get(kind)!
      const found = this.#found.get(kind)!
      found.count += count
      found.first.push(...first.slice(0, this.#firstMax - found.first.length))
    }
  }

  report(): Damage {
    return Object.fromEntries(this.#found) as unknown as Damage
  }
}
