/** The instructions around a call that take the caller's frame off the stack budget and give it back. */
import type { Writer } from './writer.ts'

const GLOBAL_GET = 0x23
const GLOBAL_SET = 0x24
const I32_CONST = 0x41
const I32_ADD = 0x6a
const I32_SUB = 0x6b
/** i32.const 0; i32.lt_s; if; unreachable; end */
const TRAP_IF_NEGATIVE = [I32_CONST, 0, 0x48, 0x04, 0x40, 0x00, 0x0b]

export class CallGuard {
  readonly #out: Writer
  readonly #stackGlobal: number
  /** Where the size of the frame goes: it is known at the end of the function. */
  readonly #holes: number[] = []

  constructor(out: Writer, stackGlobal: number) {
    this.#out = out
    this.#stackGlobal = stackGlobal
  }

  before(): void {
    this.#add(I32_SUB)
    this.#global(GLOBAL_GET)
    this.#out.all(TRAP_IF_NEGATIVE)
  }

  after(): void {
    this.#add(I32_ADD)
  }

  /** Ends a function whose frame has this size. */
  finish(frameUnits: number): void {
    for (const hole of this.#holes) this.#out.fill(hole, frameUnits)
    this.#holes.length = 0
  }

  #add(operation: number): void {
    this.#global(GLOBAL_GET)
    this.#out.byte(I32_CONST)
    this.#holes.push(this.#out.hole())
    this.#out.byte(operation)
    this.#global(GLOBAL_SET)
  }

  #global(operation: number): void {
    this.#out.byte(operation)
    this.#out.u32(this.#stackGlobal)
  }
}
