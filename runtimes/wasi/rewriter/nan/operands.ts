/** The operand stack of a function, block by block. What a block gives is not followed: it is settled before its end. */
import { CLEAN, EXACT } from './values.ts'
import type { Value } from './values.ts'

interface Block {
  readonly isLoop: boolean
  readonly base: number
  readonly parameters: number
  readonly results: number
  readonly isReached: boolean
}

export class Operands {
  readonly #look: (value: Value) => void
  readonly #stack: Value[] = []
  readonly #blocks: Block[] = []
  /** Whether the code that is being read can be. */
  isReached = true
  /** How many loops are around. */
  loops = 0

  constructor(look: (value: Value) => void) {
    this.#look = look
  }

  /** Begins a function with so many results. */
  begin(results: number): void {
    this.#stack.length = 0
    this.#blocks.length = 0
    this.isReached = true
    this.loops = 0
    this.enter(false, 0, results)
  }

  get ended(): boolean {
    return this.#blocks.length === 0
  }

  push(value: Value): void {
    this.#stack.push(value)
  }

  /** In code that is never reached there is always one more. */
  pop(): Value {
    const base = this.#blocks.at(-1)?.base ?? 0
    if (this.#stack.length > base) return this.#stack.pop() as Value
    return this.isReached ? EXACT : CLEAN
  }

  /** Somebody takes so many values and looks at them. */
  take(count: number): void {
    for (let left = count; left > 0; left -= 1) this.#look(this.pop())
  }

  /** So many values that are bits of the guest. */
  give(count: number): void {
    for (let left = count; left > 0; left -= 1) this.push(EXACT)
  }

  enter(isLoop: boolean, parameters: number, results: number): void {
    this.take(parameters)
    const base = this.#stack.length
    this.#blocks.push({ isLoop, base, parameters, results, isReached: this.isReached })
    if (isLoop) this.loops += 1
    this.give(parameters)
  }

  otherwise(): void {
    const block = this.#blocks.at(-1)
    if (block === undefined) return
    this.#finish(block)
    this.give(block.parameters)
  }

  leave(): void {
    const block = this.#blocks.at(-1)
    if (block === undefined) return
    this.#finish(block)
    this.#blocks.pop()
    if (block.isLoop) this.loops -= 1
    this.give(block.results)
  }

  #finish({ base, results, isReached }: Block): void {
    this.take(results)
    this.#stack.length = Math.min(this.#stack.length, base)
    this.isReached = isReached
  }

  /** A branch to this label looks at what it takes along, and leaves it where it is. */
  branch(label: number): void {
    const block = this.#blocks.at(-1 - label)
    if (block === undefined) return
    this.#lookAt(block.isLoop ? block.parameters : block.results)
  }

  /** So does a return. */
  return(): void {
    this.#lookAt(this.#blocks[0]?.results ?? 0)
  }

  #lookAt(count: number): void {
    for (const value of this.#stack.slice(Math.max(0, this.#stack.length - count))) this.#look(value)
  }

  /** What follows up to `else` or `end` is never reached. */
  abandon(): void {
    this.#stack.length = this.#blocks.at(-1)?.base ?? 0
    this.isReached = false
  }
}
