/**
 * The instructions around a call that take the caller's frame off the stack budget and give it back. What is left
 * below the frame is the same for all calls of a function, and worked out once, at its beginning.
 */
import type { Scratch } from './scratch.ts'
import type { Writer } from './writer.ts'

const LOCAL_GET = 0x20
const LOCAL_SET = 0x21
const GLOBAL_GET = 0x23
const GLOBAL_SET = 0x24
const I32_CONST = 0x41
const I32_ADD = 0x6a
const I32_SUB = 0x6b
/** i32.const 0; i32.lt_s; if; unreachable; end */
const TRAP_IF_NEGATIVE = [I32_CONST, 0, 0x48, 0x04, 0x40, 0x00, 0x0b]

export class CallGuard {
  readonly #out: Writer
  readonly #scratch: Scratch
  readonly #stackGlobal: number
  /** Where the size of the frame goes: it is known at the end of the function. */
  readonly #holes: number[] = []

  constructor(out: Writer, scratch: Scratch, stackGlobal: number) {
    this.#out = out
    this.#scratch = scratch
    this.#stackGlobal = stackGlobal
  }

  before(): void {
    this.#below(this.#out, LOCAL_GET)
    this.#global(this.#out, GLOBAL_SET)
    this.#below(this.#out, LOCAL_GET)
    this.#out.all(TRAP_IF_NEGATIVE)
  }

  after(): void {
    this.#below(this.#out, LOCAL_GET)
    this.#out.byte(I32_CONST)
    this.#holes.push(this.#out.hole())
    this.#out.byte(I32_ADD)
    this.#global(this.#out, GLOBAL_SET)
  }

  /** Ends a function whose frame has this size, and writes what goes before all of it. */
  finish(frameUnits: number, start: Writer): void {
    if (this.#holes.length === 0) return
    for (const hole of this.#holes) this.#out.fill(hole, frameUnits)
    this.#holes.length = 0
    this.#global(start, GLOBAL_GET)
    start.byte(I32_CONST)
    start.s32(frameUnits)
    start.byte(I32_SUB)
    this.#below(start, LOCAL_SET)
  }

  #below(out: Writer, operation: number): void {
    out.byte(operation)
    out.u32(this.#scratch.local('below'))
  }

  #global(out: Writer, operation: number): void {
    out.byte(operation)
    out.u32(this.#stackGlobal)
  }
}
