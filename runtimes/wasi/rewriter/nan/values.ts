/**
 * The values of one function, as far as the bits of a NaN go. One is
 *
 *     CLEAN      no NaN but the one NaN, or no floating-point value at all
 *     EXACT      bits of the guest: a NaN is what it is, and must stay so
 *     open       where it is a NaN, the chapter says it is the one NaN, and its bits here may be others
 *     mixed      one of these, nobody knows which
 *
 * An open value can be settled, made the one NaN, at its place: after the arithmetic that gives it, or after the
 * instruction that reads it from a local. A mixed one cannot, for that would change bits of the guest: what it
 * is made of is settled instead. Whoever looks at the bits of a value has it settled; arithmetic, comparison and
 * locals do not look.
 */
import { SHAPE } from './treatment.ts'
import type { Shape } from './treatment.ts'

export type Value = number

export const CLEAN: Value = 0
export const EXACT: Value = 1
const FIRST = 2

const KIND = { result: 0, read: 1, either: 2, moved: 3 } as const

/** How much more often something is done in a loop, by a guess; beyond some loops it makes no difference. */
const TIMES_PER_LOOP = 8
const LOOPS_MAX = 8
/** Values of one function that are followed; honest ones have thousands. */
const VALUES_MAX = 262_144
/** How often all are gone through: once more than loops are nested, where each carries on what the next one gives. */
const PASSES_MAX = 16
/** How far back is looked for what settling a value where it comes from would cost. */
const SOURCES_MAX = 16

/** A function that is too large to be followed. */
export class Unfollowed extends Error {}

export class Values {
  readonly #kinds: number[] = []
  /** Of a result its shape, of all else the value it was made of. */
  readonly #first: number[] = []
  /** Of a read its shape, of either of two the second one. */
  readonly #second: number[] = []
  /** Byte of the module after which the value is on top of the stack. */
  readonly #places: number[] = []
  readonly #weights: number[] = []
  readonly #isExact: boolean[] = []
  readonly #isLooked: boolean[] = []
  /** Of what is settled after its reads: how often, by the same guess. */
  readonly #readWeights = new Map<Value, number>()
  readonly #toLook: Value[] = []
  /** How many of them are results. */
  results = 0

  clear(): void {
    this.results = 0
    this.#readWeights.clear()
    const { length } = this.#kinds
    if (length === 0) return
    for (const column of [this.#kinds, this.#first, this.#second, this.#places, this.#weights])
      column.length = 0
    this.#isExact.length = 0
    this.#isLooked.length = 0
    this.#toLook.length = 0
  }

  // ------------------------------------------------------------------------------- as the code is read

  /** What arithmetic gives. */
  result(shape: Shape, place: number, loops: number): Value {
    this.results += 1
    return this.#add(KIND.result, shape, SHAPE.none, place, loops)
  }

  /** What a local gives that holds this value. */
  read(value: Value, shape: Shape, place: number, loops: number): Value {
    return value < FIRST ? value : this.#add(KIND.read, value, shape, place, loops)
  }

  /** One of two, nobody knows which. */
  either(one: Value, other: Value): Value {
    if (one === other) return one
    if (one < FIRST && other < FIRST) return EXACT
    return this.#add(KIND.either, one, other, 0, 0)
  }

  /** A value with another sign: it cannot be settled any more. */
  moved(value: Value): Value {
    return value < FIRST ? EXACT : this.#add(KIND.moved, value, CLEAN, 0, 0)
  }

  /** What a local holds where a loop begins: this value, or one that {@link comeBack} adds. */
  atLoop(value: Value): Value {
    return this.#add(KIND.either, value, CLEAN, 0, 0)
  }

  /** What the local holds where the loop begins again. */
  comeBack(atLoop: Value, value: Value): void {
    if (value === atLoop) return
    const known = this.#second[atLoop - FIRST] as Value
    this.#second[atLoop - FIRST] = known === CLEAN ? value : this.either(known, value)
  }

  /** Somebody looks at the bits. */
  look(value: Value): void {
    if (value >= FIRST) this.#toLook.push(value)
  }

  #add(kind: number, first: number, second: number, place: number, loops: number): Value {
    if (this.#kinds.length >= VALUES_MAX) throw new Unfollowed('too many values')
    this.#kinds.push(kind)
    this.#first.push(first)
    this.#second.push(second)
    this.#places.push(place)
    this.#weights.push(TIMES_PER_LOOP ** Math.min(loops, LOOPS_MAX))
    this.#isExact.push(kind === KIND.moved)
    this.#isLooked.push(false)
    return FIRST + this.#kinds.length - 1
  }

  // ------------------------------------------------------------------------------- when it has been read

  /** Finds out what has to be settled, and where. */
  decide(): void {
    this.#findExact()
    this.#lookAtAll()
    for (const [value, weight] of this.#readWeights) {
      if (weight > this.#costAtSource(value)) this.look(value)
    }
    this.#lookAtAll()
  }

  /** A value made of exact ones is exact, or mixed, which is the same here. */
  #findExact(): void {
    for (let passes = 0; passes < PASSES_MAX; passes += 1) if (!this.#spreadExact()) return
    throw new Unfollowed('loops in loops')
  }

  #spreadExact(): boolean {
    let found = false
    for (const [at, kind] of this.#kinds.entries()) {
      if (this.#isExact[at] === true || kind === KIND.result) continue
      const isExact = this.#canBeExact(this.#first[at] as Value)
      if (!isExact && (kind !== KIND.either || !this.#canBeExact(this.#second[at] as Value))) continue
      this.#isExact[at] = true
      found = true
    }
    return found
  }

  #canBeExact(value: Value): boolean {
    return value === EXACT || (value >= FIRST && this.#isExact[value - FIRST] === true)
  }

  #lookAtAll(): void {
    for (let value = this.#toLook.pop(); value !== undefined; value = this.#toLook.pop()) {
      const at = value - FIRST
      if (this.#isLooked[at] === true) continue
      this.#isLooked[at] = true
      if (this.#kinds[at] === KIND.read) this.#lookAtRead(at)
      else if (this.#kinds[at] !== KIND.result) {
        this.look(this.#first[at] as Value)
        if (this.#kinds[at] === KIND.either) this.look(this.#second[at] as Value)
      }
    }
  }

  #lookAtRead(at: number): void {
    const value = this.#first[at] as Value
    if (this.#canBeExact(value)) return this.look(value)
    const weight = (this.#readWeights.get(value) ?? 0) + (this.#weights[at] as number)
    this.#readWeights.set(value, weight)
  }

  /** How often a value would be settled if it were settled where it comes from. */
  #costAtSource(value: Value): number {
    const seen = new Set<Value>()
    const waiting = [value]
    let cost = 0
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (next < FIRST || seen.has(next)) continue
      if (seen.size === SOURCES_MAX) return Infinity
      seen.add(next)
      const at = next - FIRST
      if ((this.#kinds[at] as number) <= KIND.read && this.#isLooked[at] !== true) {
        cost += this.#weights[at] as number
      } else if (this.#kinds[at] === KIND.either) {
        waiting.push(this.#first[at] as Value, this.#second[at] as Value)
      }
    }
    return cost
  }

  /** Each place where something is settled, in the order of the code; results in the shapes of `always` anyway. */
  places(always: Shape, settle: (place: number, shape: Shape) => void): void {
    for (const [at, kind] of this.#kinds.entries()) {
      const first = this.#first[at] as number
      const place = this.#places[at] as number
      if (kind === KIND.result && (this.#isLooked[at] === true || (first & always) !== 0))
        settle(place, first)
      // Where what it reads is looked at it has been settled before.
      if (kind === KIND.read && this.#isLooked[at] === true && this.#isLooked[first - FIRST] !== true)
        settle(place, this.#second[at] as Shape)
    }
  }
}
