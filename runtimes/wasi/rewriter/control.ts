/**
 * The blocks of a function body, and the height of the operand stack in them: the highest one is part of
 * what a frame takes of the stack. Code that cannot be reached does not count there.
 *
 * Where paths part or meet, a compiler looks at every local and operand, and keeps one copy of each for
 * every such place: many locals times many blocks is what costs it time and memory, so their product is
 * bounded, for a function and for the module.
 */
import { BOUNDS } from './bounds.ts'
import { inadmissible } from './inadmissible.ts'

export class Control {
  /** Highest the operand stack has been in this function. */
  highest = 0
  #locals = 0
  #crossings = 0
  #crossingValues = 0
  #crossingValuesOfModule = 0
  #height = 0
  #unreachable = false
  #depth = 0
  readonly #bases = new Int32Array(BOUNDS.nesting + 1)
  readonly #parameters = new Uint8Array(BOUNDS.nesting + 1)
  readonly #results = new Uint8Array(BOUNDS.nesting + 1)
  readonly #isLoop = new Uint8Array(BOUNDS.nesting + 1)
  /** How many of the blocks around each are loops. */
  readonly #loopsAround = new Uint16Array(BOUNDS.nesting + 2)
  readonly #enteredUnreachable = new Uint8Array(BOUNDS.nesting + 1)

  /** Begins a function of this many locals, parameters included: its body is a block. */
  begin(locals: number): void {
    this.#locals = locals
    this.#crossings = 0
    this.#crossingValues = 0
    this.highest = 0
    this.#height = 0
    this.#unreachable = false
    this.#depth = 0
    this.enter(false, 0, 0)
  }

  /** Whether the block of the function has been left. */
  get ended(): boolean {
    return this.#depth === 0
  }

  change(by: number): void {
    if (this.#unreachable) return
    this.#height += by
    if (this.#height > this.highest) this.#rise()
  }

  #rise(): void {
    this.highest = this.#height
    if (this.highest > BOUNDS.operands) {
      inadmissible(`more than ${BOUNDS.operands} operands on the stack of one function`)
    }
  }

  /** Counts a place where paths part or meet; a branch to several places is as many. */
  cross(times = 1): void {
    const values = times * (this.#locals + this.#height)
    this.#crossings += times
    this.#crossingValues += values
    this.#crossingValuesOfModule += values
    if (this.#crossings > BOUNDS.crossings)
      inadmissible(`more than ${BOUNDS.crossings} branches and blocks in one function`)
    if (this.#crossingValues > BOUNDS.crossingValues) {
      inadmissible(`more than ${BOUNDS.crossingValues} values at the branches and blocks of one function`)
    }
    if (this.#crossingValuesOfModule > BOUNDS.crossingValuesOfModule) {
      inadmissible(
        `more than ${BOUNDS.crossingValuesOfModule} values at the branches and blocks of the module`,
      )
    }
  }

  enter(isLoop: boolean, parameters: number, results: number): void {
    this.cross()
    if (this.#depth > BOUNDS.nesting) inadmissible(`blocks nested deeper than ${BOUNDS.nesting}`)
    const depth = this.#depth++
    this.#bases[depth] = this.#height - (this.#unreachable ? 0 : parameters)
    this.#parameters[depth] = parameters
    this.#results[depth] = results
    this.#isLoop[depth] = isLoop ? 1 : 0
    this.#loopsAround[depth + 1] = (this.#loopsAround[depth] as number) + (isLoop ? 1 : 0)
    this.#enteredUnreachable[depth] = this.#unreachable ? 1 : 0
  }

  /** How many loops a branch to this label leaves; a branch to a loop does not leave that one. */
  loopsLeft(label: number): number {
    const around = this.#depth - label
    // A label of nothing is left to the engine, which refuses the module.
    if (around < 1) return 0
    return (this.#loopsAround[this.#depth] as number) - (this.#loopsAround[around] as number)
  }

  /** At `else`: the stack is as it was at `if`. */
  otherwise(): void {
    this.cross()
    this.#resume(this.#depth - 1, this.#parameters)
  }

  /** At `end`; tells whether it was that of a loop. */
  leave(): boolean {
    this.#depth -= 1
    this.#resume(this.#depth, this.#results)
    return this.#isLoop[this.#depth] === 1
  }

  #resume(depth: number, operands: Uint8Array): void {
    this.#unreachable = this.#enteredUnreachable[depth] === 1
    this.#height = this.#bases[depth] as number
    this.change(operands[depth] as number)
  }

  /** After a branch that is always taken: what follows up to `else` or `end` is never reached. */
  abandon(): void {
    this.#unreachable = true
  }
}
