/**
 * What the floating-point locals of a function hold at the place that is being read. Where paths meet a local holds
 * what it held on either; where a loop begins, also what it will hold at the branches back.
 */
import { VALUE_TYPE } from '../value-types.ts'
import { SHAPE } from './treatment.ts'
import { CLEAN, EXACT } from './values.ts'
import type { Shape } from './treatment.ts'
import type { Value, Values } from './values.ts'

/** What each of them holds. */
type State = Value[]

/** Where branches to a label go to: the beginning of a loop, or the end of a block. */
interface Target {
  readonly isLoop: boolean
  /** Of a loop at its beginning, of `if` at its condition. */
  readonly atStart: State | undefined
  /** Of a block at its end, as far as paths to it have been read. */
  arrived: State | undefined
}

export class FloatLocals {
  readonly #values: Values
  /** Of each local its position in a state. */
  readonly #positions = new Map<number, number>()
  readonly #shapes: Shape[] = []
  readonly #targets: Target[] = []
  #state: State = []

  constructor(values: Values) {
    this.#values = values
  }

  clear(): void {
    this.#positions.clear()
    this.#shapes.length = 0
    this.#targets.length = 0
    this.#state = []
  }

  get isEmpty(): boolean {
    return this.#shapes.length === 0
  }

  /** A parameter is filled with bits of the guest, every other local with zero. */
  add(local: number, type: number, isParameter: boolean): void {
    const shape = SHAPE_OF.get(type)
    if (shape === undefined) return
    this.#positions.set(local, this.#shapes.push(shape) - 1)
    this.#state.push(isParameter ? EXACT : CLEAN)
  }

  give(local: number, value: Value): void {
    const position = this.#positions.get(local)
    if (position !== undefined) this.#state[position] = value
  }

  /** What a local gives at this place, so many loops deep. */
  read(local: number, place: number, loops: number): Value {
    const position = this.#positions.get(local)
    if (position === undefined) return CLEAN
    const shape = this.#shapes[position] as Shape
    return this.#values.read(this.#state[position] as Value, shape, place, loops)
  }

  // ------------------------------------------------------------------------------------------- blocks

  enter(kind: 'block' | 'loop' | 'if'): void {
    if (kind === 'loop') this.#state = this.#state.map((value) => this.#values.atLoop(value))
    const atStart = kind === 'block' ? undefined : this.#state.slice()
    this.#targets.push({ isLoop: kind === 'loop', atStart, arrived: undefined })
  }

  branch(label: number): void {
    const target = this.#targets.at(-1 - label)
    if (target?.isLoop === true) this.#comeBack(target.atStart ?? [])
    else if (target !== undefined) this.#arrive(target, this.#state)
  }

  /** At `else`; `isReached` tells whether the end of the first half is. */
  otherwise(isReached: boolean): void {
    const target = this.#targets.pop()
    if (target === undefined) return
    if (isReached) this.#arrive(target, this.#state)
    this.#state = target.atStart ?? this.#state
    this.#targets.push({ isLoop: false, atStart: undefined, arrived: target.arrived })
  }

  leave(isReached: boolean): void {
    const target = this.#targets.pop()
    if (target === undefined || target.isLoop) return
    if (isReached) this.#arrive(target, this.#state)
    // An `if` without `else` can be passed over.
    if (target.atStart !== undefined) this.#arrive(target, target.atStart)
    this.#state = target.arrived ?? this.#state
  }

  #arrive(target: Target, state: State): void {
    const known = target.arrived
    target.arrived =
      known?.map((value, at) => this.#values.either(value, state[at] as Value)) ?? state.slice()
  }

  #comeBack(atStart: State): void {
    for (const [at, value] of atStart.entries()) this.#values.comeBack(value, this.#state[at] as Value)
  }
}

/** That of a vector is found by what is done with it. */
const SHAPE_OF: ReadonlyMap<number, Shape> = new Map([
  [VALUE_TYPE.f32, SHAPE.f32],
  [VALUE_TYPE.f64, SHAPE.f64],
  [VALUE_TYPE.v128, SHAPE.vector],
])
