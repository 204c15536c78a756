/**
 * The blocks of a function body, and the height of the operand stack in them: the highest one is part of
 * what a frame takes of the stack. Code that cannot be reached does not count.
 */
import { BOUNDS } from './bounds.ts'
import { inadmissible } from './inadmissible.ts'

export class Control {
  /** Highest the operand stack has been in this function. */
  highest = 0
  #height = 0
  #unreachable = false
  #depth = 0
  readonly #bases = new Int32Array(BOUNDS.nesting + 1)
  readonly #parameters = new Uint8Array(BOUNDS.nesting + 1)
  readonly #results = new Uint8Array(BOUNDS.nesting + 1)
  readonly #isLoop = new Uint8Array(BOUNDS.nesting + 1)
  readonly #enteredUnreachable = new Uint8Array(BOUNDS.nesting + 1)

  /** Begins a function: its body is a block. */
  begin(): void {
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

  enter(isLoop: boolean, parameters: number, results: number): void {
    if (this.#depth > BOUNDS.nesting) inadmissible(`blocks nested deeper than ${BOUNDS.nesting}`)
    const depth = this.#depth++
    this.#bases[depth] = this.#height - (this.#unreachable ? 0 : parameters)
    this.#parameters[depth] = parameters
    this.#results[depth] = results
    this.#isLoop[depth] = isLoop ? 1 : 0
    this.#enteredUnreachable[depth] = this.#unreachable ? 1 : 0
  }

  /** At `else`: the stack is as it was at `if`. */
  otherwise(): void {
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
