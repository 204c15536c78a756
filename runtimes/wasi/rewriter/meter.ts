/**
 * The instructions that count fuel. Each region of a function, its body outside of loops and the body of
 * each loop outside of inner loops, is paid for whole when it is entered: a fixed number each time.
 */
import { FUEL } from './fuel.ts'
import type { Writer } from './writer.ts'

const OP = {
  if: 0x04,
  end: 0x0b,
  call: 0x10,
  select: 0x1b,
  localGet: 0x20,
  localTee: 0x22,
  globalGet: 0x23,
  globalSet: 0x24,
  i32Const: 0x41,
  i64Const: 0x42,
  i32LeU: 0x4d,
  i64LtS: 0x53,
  i32ShrU: 0x76,
  i64Add: 0x7c,
  i64Sub: 0x7d,
  i64Mul: 0x7e,
  i64ExtendI32U: 0xad,
} as const

const EMPTY_BLOCK = 0x40
const BYTES_SHIFT = Math.log2(FUEL.bytesPerUnit)

export class Meter {
  readonly #out: Writer
  readonly #fuelGlobal: number
  readonly #refillFunction: number
  /** Where the price of each open region goes, innermost last, and the price so far. */
  readonly #holes: number[] = []
  readonly #costs: number[] = []
  #cost = 0

  constructor(out: Writer, fuelGlobal: number, refillFunction: number) {
    this.#out = out
    this.#fuelGlobal = fuelGlobal
    this.#refillFunction = refillFunction
  }

  /** Begins a region: the price is written when it is known. */
  enter(): void {
    this.#costs.push(this.#cost)
    this.#cost = 0
    this.#readFuel()
    this.#out.byte(OP.i64Const)
    this.#holes.push(this.#out.hole())
    this.#out.byte(OP.i64Sub)
    this.#pay()
  }

  /** Counts one instruction of the innermost region. */
  count(): void {
    this.#cost += FUEL.instruction
  }

  leave(): void {
    this.#out.fill(this.#holes.pop() as number, this.#cost)
    this.#cost = this.#costs.pop() as number
  }

  /** Charges for the bytes whose number is on top of the stack, and leaves it there. */
  chargeBytes(scratch: number): void {
    this.#keepTop(scratch)
    this.#out.all([OP.i32Const, BYTES_SHIFT, OP.i32ShrU, OP.i64ExtendI32U, OP.i64Sub])
    this.#pay()
  }

  /** Charges for the elements whose number is on top of the stack, and leaves it there. */
  chargeElements(scratch: number): void {
    this.#keepTop(scratch)
    this.#out.byte(OP.i64ExtendI32U)
    this.#multiply(FUEL.element)
    this.#out.byte(OP.i64Sub)
    this.#pay()
  }

  /**
   * Charges for growing by the number on top of the stack, and leaves it there. What is above the maximum
   * cannot succeed and makes nothing, so only the attempt is charged.
   */
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
    this.#pay()
  }

  /** Copies the i32 on top of the stack to a local; then puts the fuel and that number on top of it. */
  #keepTop(scratch: number): void {
    this.#out.byte(OP.localTee)
    this.#out.u32(scratch)
    this.#readFuel()
    this.#out.byte(OP.localGet)
    this.#out.u32(scratch)
  }

  #readFuel(): void {
    this.#out.byte(OP.globalGet)
    this.#out.u32(this.#fuelGlobal)
  }

  #multiply(by: number): void {
    this.#constant64(by)
    this.#out.byte(OP.i64Mul)
  }

  #constant64(value: number): void {
    this.#out.byte(OP.i64Const)
    this.#out.s32(value)
  }

  /** Stores what is left, and asks the host for more when that is below zero: it gives some, or ends the run. */
  #pay(): void {
    this.#out.byte(OP.globalSet)
    this.#out.u32(this.#fuelGlobal)
    this.#readFuel()
    this.#out.all([OP.i64Const, 0, OP.i64LtS, OP.if, EMPTY_BLOCK, OP.call])
    this.#out.u32(this.#refillFunction)
    this.#out.byte(OP.end)
  }
}
