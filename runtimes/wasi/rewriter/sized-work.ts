/** What work that has a size costs besides its instruction: the number on top of the stack, which stays there, says how much. */
import { FUEL } from './fuel.ts'
import type { FuelCode } from './fuel-code.ts'
import type { Writer } from './writer.ts'

const OP = {
  select: 0x1b,
  localGet: 0x20,
  localTee: 0x22,
  i32Const: 0x41,
  i64Const: 0x42,
  i32LeU: 0x4d,
  i32ShrU: 0x76,
  i64Add: 0x7c,
  i64Sub: 0x7d,
  i64Mul: 0x7e,
  i64ExtendI32U: 0xad,
} as const

const BYTES_SHIFT = Math.log2(FUEL.bytesPerUnit)

export class SizedWork {
  readonly #out: Writer
  readonly #fuel: FuelCode

  constructor(out: Writer, fuel: FuelCode) {
    this.#out = out
    this.#fuel = fuel
  }

  chargeBytes(scratch: number): void {
    this.#keepTop(scratch)
    this.#out.all([OP.i32Const, BYTES_SHIFT, OP.i32ShrU, OP.i64ExtendI32U, OP.i64Sub])
    this.#fuel.pay(this.#out)
  }

  chargeElements(scratch: number): void {
    this.#keepTop(scratch)
    this.#out.byte(OP.i64ExtendI32U)
    this.#multiply(FUEL.element)
    this.#out.byte(OP.i64Sub)
    this.#fuel.pay(this.#out)
  }

  /** What is above the maximum cannot succeed and makes nothing, so that only the attempt is charged. */
  chargeGrowth(scratch: number, max: number, each: number): void {
    this.#keepTop(scratch)
    this.#out.byte(OP.i64ExtendI32U)
    this.#multiply(each)
    this.#constant64(0)
    this.#out.byte(OP.localGet)
    this.#out.u32(scratch)
    this.#out.byte(OP.i32Const)
    this.#out.s32(max)
    this.#out.all([OP.i32LeU, OP.select])
    this.#constant64(FUEL.grow)
    this.#out.all([OP.i64Add, OP.i64Sub])
    this.#fuel.pay(this.#out)
  }

  /** Copies the i32 on top of the stack to a local; then puts the fuel and that number on top of it. */
  #keepTop(scratch: number): void {
    this.#out.byte(OP.localTee)
    this.#out.u32(scratch)
    this.#fuel.read(this.#out)
    this.#out.byte(OP.localGet)
    this.#out.u32(scratch)
  }

  #multiply(by: number): void {
    this.#constant64(by)
    this.#out.byte(OP.i64Mul)
  }

  #constant64(value: number): void {
    this.#out.byte(OP.i64Const)
    this.#out.s32(value)
  }
}
