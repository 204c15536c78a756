/**
 * Where the rewriter has to settle values of the function it writes (spec/handler-abi.md, "NaN"). Which NaN arithmetic
 * gives is left open by the engines: within one process it changes when a function is compiled again. The chapter
 * says which it is, and nobody can tell when that is done, as long as it is before the bits leave: into memory, into
 * an integer, a sign, another function, a global, the host. So it is done where they leave, and a sum that is carried
 * from turn to turn of a loop need not wait for it.
 */
import { Inadmissible } from '../inadmissible.ts'
import { FloatFlow } from './flow.ts'
import { SHAPE } from './treatment.ts'
import { Unfollowed } from './values.ts'
import type { Declarations } from '../declarations.ts'
import type { Reader } from '../reader.ts'
import type { Signature } from '../value-types.ts'
import type { Shape } from './treatment.ts'

const NOWHERE = -1

export class Settler {
  readonly #flow: FloatFlow
  readonly #places: number[] = []
  readonly #shapes: Shape[] = []
  #done = 0
  #results = 0
  #isRead = false
  /** Whether every result is settled at once. */
  #isPlain = false
  /** Byte of the module before which a value has to be settled. */
  next = NOWHERE

  constructor(module: Declarations, code: Reader) {
    this.#flow = new FloatFlow(module, code)
  }

  begin({ parameterTypes, results }: Signature): void {
    this.#results = results
    this.#isRead = false
    this.#clear()
    this.#flow.locals.clear()
    for (const [local, type] of parameterTypes.entries()) this.#flow.locals.add(local, type, true)
  }

  #clear(): void {
    this.#places.length = 0
    this.#shapes.length = 0
    this.#done = 0
    this.next = NOWHERE
    this.#isPlain = false
  }

  addLocal(local: number, type: number): void {
    this.#flow.locals.add(local, type, false)
  }

  /** Where a function has no such locals there is nothing to settle before its first arithmetic. */
  get hasFloatLocals(): boolean {
    return !this.#flow.locals.isEmpty
  }

  /** Looks where the values of this function go. */
  read(body: Reader): void {
    if (this.#isRead) return
    this.#isRead = true
    try {
      this.#flow.read(this.#results, body)
      this.#collect()
    } catch (error) {
      // What is wrong with a function is said by who writes it, who comes to the same place.
      if (!(error instanceof Inadmissible || error instanceof Unfollowed)) throw error
      this.#settleAtOnce()
    }
  }

  /** Reads can outnumber results. Never more is put in than by settling each of these, which admission bounds. */
  #collect(): void {
    this.#flow.places((place, shape) => {
      this.#places.push(place)
      this.#shapes.push(shape)
    })
    if (this.#places.length > this.#flow.results) this.#settleAtOnce()
    else this.next = this.#places[0] ?? NOWHERE
  }

  #settleAtOnce(): void {
    this.#clear()
    this.#isPlain = true
  }

  /** The shape of what is to be settled at {@link next}; goes on to the place after it. */
  take(): Shape {
    const shape = this.#shapes[this.#done] ?? SHAPE.none
    this.#done += 1
    this.next = this.#places[this.#done] ?? NOWHERE
    return shape
  }

  /** Told of a result of this shape: where nothing is known of the function it is settled at once. */
  result(shape: Shape, place: number): void {
    if (!this.#isPlain) return
    this.#places[this.#done] = place
    this.#shapes[this.#done] = shape
    this.next = place
  }
}
