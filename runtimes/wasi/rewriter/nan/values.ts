/**
 * The values of one function, as far as the bits of a NaN go. One is
 *
 *     CLEAN      no NaN but the one NaN, or no floating-point value at all
 *     EXACT      bits of the guest: a NaN is what it is, and must stay so
 *     open       where it is a NaN, the chapter says it is the one NaN, and its bits here may be others
 *
 * An open value comes from a place where it can be settled, made the one NaN: after the arithmetic that gives it, or
 * after the instruction that reads a local of open values. Whoever looks at the bits of a value has its
 * places settled; arithmetic, comparison and another local do not look. Every value is taken once.
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

export function weightIn(loops: number): number {
  return TIMES_PER_LOOP ** Math.min(loops, LOOPS_MAX)
}

/** Whether a value can be settled at all. */
export function isOpen(value: Value): boolean {
  return value >= FIRST
}

export class Values {
  readonly #kinds: number[] = []
  /** Of a result its shape, of a read its local, of all else the value it was made of. */
  readonly #first: number[] = []
  /** Of either of two the second one. */
  readonly #second: number[] = []
  /** Byte of the module after which the value is on top of the stack. */
  readonly #places: number[] = []
  readonly #weights: number[] = []
  readonly #looked: boolean[] = []
  /** How many of them are results. */
  results = 0

  clear(): void {
    this.results = 0
    for (const column of [this.#kinds, this.#first, this.#second, this.#places, this.#weights, this.#looked])
      column.length = 0
  }

  /** What arithmetic gives. */
  result(shape: Shape, place: number, loops: number): Value {
    this.results += 1
    return this.#add(KIND.result, shape, 0, place, loops)
  }

  /** What a local gives. */
  read(local: number, place: number, loops: number): Value {
    return this.#add(KIND.read, local, 0, place, loops)
  }

  /** One of two, nobody knows which. */
  either(one: Value, other: Value): Value {
    if (one < FIRST && other < FIRST) return Math.max(one, other)
    return this.#add(KIND.either, one, other, 0, 0)
  }

  /** A value with another sign: its bits matter as soon as somebody looks, and cannot be settled after it. */
  moved(value: Value): Value {
    return value < FIRST ? EXACT : this.#add(KIND.moved, value, 0, 0, 0)
  }

  #add(kind: number, first: number, second: number, place: number, loops: number): Value {
    this.#kinds.push(kind)
    this.#first.push(first)
    this.#second.push(second)
    this.#places.push(place)
    this.#weights.push(weightIn(loops))
    this.#looked.push(false)
    return FIRST + this.#kinds.length - 1
  }

  /** Notes that somebody looks at the bits; tells of each read of a local that comes with it, and what it weighs. */
  look(value: Value, onRead: (local: number, weight: number) => void): void {
    this.#each(value, (at) => {
      if (this.#looked[at] === true) return
      this.#looked[at] = true
      if (this.#kinds[at] === KIND.read) onRead(this.#first[at] as number, this.#weights[at] as number)
    })
  }

  /** Whether a value can be bits of the guest by itself; tells of the locals that it can come from. */
  isExact(value: Value, onRead: (local: number) => void): boolean {
    let exact = false
    this.#each(value, (at) => {
      const kind = this.#kinds[at]
      if (kind === KIND.read) onRead(this.#first[at] as number)
      if (kind === KIND.moved) exact = true
      if (kind === KIND.either && (this.#first[at] === EXACT || this.#second[at] === EXACT)) exact = true
    })
    return exact || value === EXACT
  }

  /**
   * Each place of a value that somebody looks at, and of results in the shapes of `always`, in the order of the code.
   * `shapeOf` is none for a local that is not open.
   */
  places(
    shapeOf: (local: number) => Shape,
    always: Shape,
    settle: (place: number, shape: Shape) => void,
  ): void {
    for (const [at, kind] of this.#kinds.entries()) {
      if (kind > KIND.read) continue
      const first = this.#first[at] as number
      const shape = kind === KIND.read ? shapeOf(first) : first
      const isLookedAt = this.#looked[at] === true || (kind === KIND.result && (shape & always) !== 0)
      if (isLookedAt && shape !== SHAPE.none) settle(this.#places[at] as number, shape)
    }
  }

  /** What a value is made of, and itself. Not by recursion: a chain of `select` can be as long as a module. */
  #each(value: Value, visit: (at: number) => void): void {
    const waiting = [value]
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (next < FIRST) continue
      const at = next - FIRST
      visit(at)
      if (this.#kinds[at] === KIND.either) waiting.push(this.#second[at] as number)
      if ((this.#kinds[at] as number) >= KIND.either) waiting.push(this.#first[at] as number)
    }
  }
}
