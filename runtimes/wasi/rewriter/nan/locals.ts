/**
 * The floating-point locals of a function, and which of them may hold open values. One that is ever given bits of the
 * guest may not: nobody could tell at a read whether a NaN is the guest's. Of the others, a local is settled where it is
 * read and looked at, or where it is given values, whichever is likely to happen less often: a sum is carried
 * through a loop as it is, and looked at once after it.
 */
import { VALUE_TYPE } from '../value-types.ts'
import { SHAPE } from './treatment.ts'
import { EXACT, isOpen, weightIn } from './values.ts'
import type { Shape } from './treatment.ts'
import type { Value, Values } from './values.ts'

interface FloatLocal {
  readonly type: number
  /** What it is given, wherever that is. */
  readonly given: Value[]
  /** Locals that are given what is in this one. */
  readonly givesTo: FloatLocal[]
  givenWeight: number
  lookedWeight: number
  /** Whether it holds no open value. */
  isSettled: boolean
}

export class FloatLocals {
  readonly #values: Values
  readonly #locals = new Map<number, FloatLocal>()

  constructor(values: Values) {
    this.#values = values
  }

  clear(): void {
    this.#locals.clear()
  }

  get isEmpty(): boolean {
    return this.#locals.size === 0
  }

  has(local: number): boolean {
    return this.#locals.has(local)
  }

  /** A parameter is filled with bits of the guest, every other local with zero. */
  add(local: number, type: number, isParameter: boolean): void {
    if (!isFloat(type)) return
    const given = isParameter ? [EXACT] : []
    this.#locals.set(local, {
      ...{ type, given, givesTo: [], givenWeight: 0, lookedWeight: 0 },
      isSettled: false,
    })
  }

  give(local: number, value: Value, loops: number): void {
    const to = this.#locals.get(local)
    if (to === undefined) return
    to.given.push(value)
    if (isOpen(value)) to.givenWeight += weightIn(loops)
  }

  /** Notes that somebody looks at the bits of this value. */
  look(value: Value): void {
    this.#values.look(value, (local, weight) => {
      const read = this.#locals.get(local)
      if (read !== undefined) read.lookedWeight += weight
    })
  }

  /** Once everything has been read: which locals hold no open values. */
  decide(settleVectors: boolean): void {
    this.#settleExact()
    if (settleVectors) this.#settleVectors()
    while (this.#settleLookedAt());
  }

  /** What has to be done after a read of this local: nothing where it holds no open values. */
  shapeOf(local: number, vectors: Shape): Shape {
    const read = this.#locals.get(local)
    if (read === undefined || read.isSettled) return SHAPE.none
    if (read.type === VALUE_TYPE.v128) return vectors
    return read.type === VALUE_TYPE.f32 ? SHAPE.f32 : SHAPE.f64
  }

  #settleExact(): void {
    const exact: FloatLocal[] = []
    for (const local of this.#locals.values()) {
      const from = (other: number): unknown => this.#locals.get(other)?.givesTo.push(local)
      // All of them are asked: what comes from where is noted on the way.
      if (local.given.filter((value) => this.#values.isExact(value, from)).length > 0) exact.push(local)
    }
    for (let next = exact.pop(); next !== undefined; next = exact.pop()) {
      if (next.isSettled) continue
      this.#settle(next)
      for (const local of next.givesTo) exact.push(local)
    }
  }

  #settleVectors(): void {
    for (const local of this.#locals.values()) if (local.type === VALUE_TYPE.v128) this.#settle(local)
  }

  /** Settling one has others looked at; tells whether there was one. */
  #settleLookedAt(): boolean {
    let found = false
    for (const local of this.#locals.values()) {
      if (local.isSettled || local.lookedWeight <= local.givenWeight) continue
      this.#settle(local)
      found = true
    }
    return found
  }

  #settle(local: FloatLocal): void {
    local.isSettled = true
    for (const value of local.given) this.look(value)
  }
}

function isFloat(type: number): boolean {
  return type === VALUE_TYPE.f32 || type === VALUE_TYPE.f64 || type === VALUE_TYPE.v128
}
