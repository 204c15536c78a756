/** Locals that the inserted instructions use, added to a function only when it needs them. */
import { VALUE_TYPE } from './value-types.ts'
import type { Writer } from './writer.ts'

export type ScratchName = 'fuel' | 'below' | 'count' | 'grown' | 'f32' | 'f64' | 'v128'

const TYPES: Readonly<Record<ScratchName, number>> = {
  fuel: VALUE_TYPE.i64,
  below: VALUE_TYPE.i32,
  count: VALUE_TYPE.i32,
  grown: VALUE_TYPE.i32,
  f32: VALUE_TYPE.f32,
  f64: VALUE_TYPE.f64,
  v128: VALUE_TYPE.v128,
}

export class Scratch {
  #first = 0
  readonly #names: ScratchName[] = []

  /** Begins a function that has this many locals of its own. */
  begin(locals: number): void {
    this.#first = locals
    this.#names.length = 0
  }

  get groups(): number {
    return this.#names.length
  }

  local(name: ScratchName): number {
    const known = this.#names.indexOf(name)
    if (known >= 0) return this.#first + known
    return this.#first + this.#names.push(name) - 1
  }

  write(out: Writer): void {
    for (const name of this.#names) out.all([1, TYPES[name]])
  }
}
