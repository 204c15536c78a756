/**
 * The instructions that count fuel. Each region of a function, its body outside of loops and the body of
 * each loop outside of inner loops, is paid for whole when it is entered: a fixed number each time.
 *
 * What is left is in a global, for a trap may end the run anywhere and the host reads it then. Engines load a global
 * anew each time, so that loops count in a local and write the global after it. Whatever else changes the
 * global in a loop, {@link Meter.follow} makes the local follow.
 */
import { FUEL } from './fuel.ts'
import type { Scratch } from './scratch.ts'
import type { Writer } from './writer.ts'

const OP = {
  if: 0x04,
  end: 0x0b,
  branchIf: 0x0d,
  call: 0x10,
  select: 0x1b,
  localGet: 0x20,
  localSet: 0x21,
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
  readonly #scratch: Scratch
  readonly #fuelGlobal: number
  readonly #refillFunction: number
  /** Where the price of each open region goes, innermost last; of a loop it stands twice. */
  readonly #holes: (readonly number[])[] = []
  /** The price so far of each region around the innermost one. */
  readonly #costs: number[] = []
  #cost = 0

  constructor(out: Writer, scratch: Scratch, fuelGlobal: number, refillFunction: number) {
    this.#out = out
    this.#scratch = scratch
    this.#fuelGlobal = fuelGlobal
    this.#refillFunction = refillFunction
  }

  /** Begins a function: the price of its region is written when it is known. */
  enter(): void {
    this.#readFuel()
    this.#open([this.#takePrice()])
    this.#pay()
  }

  /**
   * Begins a loop, whose opcode and type are `start`. It is written as two, each with this type:
   *
   *     loop                           a turn that cannot be paid for comes back here
   *       left < 0 ? the host gives more, and the price of the turn is put back
   *       loop                         the one that was there
   *         left −= price; left < 0 ? to the first
   *
   * A call in the inner one, though never made, would have engines keep everything it could change or clobber
   * out of registers, and neither unroll nor peel it. Labels beyond a loop are therefore one further out.
   */
  enterLoop(start: Uint8Array): void {
    if (this.#holes.length === 1) this.#readLocal()
    this.#out.copy(start, 0, start.length)
    this.#isSpent()
    this.#out.all([OP.if, EMPTY_BLOCK, OP.call])
    this.#out.u32(this.#refillFunction)
    this.#readFuel()
    const back = this.#price()
    this.#out.byte(OP.i64Add)
    this.#local(OP.localSet)
    this.#out.byte(OP.end)
    this.#out.copy(start, 0, start.length)
    this.#local(OP.localGet)
    this.#open([back, this.#takePrice()])
    this.#store()
    this.#isSpent()
    this.#out.all([OP.branchIf, 1])
  }

  /** Ends a loop after its own `end`. */
  leaveLoop(): void {
    this.#out.byte(OP.end)
    this.leave()
  }

  /** After what may have changed the global: a loop counts on with the local. */
  follow(): void {
    if (this.#holes.length > 1) this.#readLocal()
  }

  /** Counts one instruction of the innermost region. */
  count(): void {
    this.#cost += FUEL.instruction
  }

  leave(): void {
    for (const hole of this.#holes.pop() ?? []) this.#out.fill(hole, this.#cost)
    this.#cost = this.#costs.pop() as number
  }

  #open(holes: readonly number[]): void {
    this.#holes.push(holes)
    this.#costs.push(this.#cost)
    this.#cost = 0
  }

  /** A constant that is known at the end of the region; returns where it is. */
  #price(): number {
    this.#out.byte(OP.i64Const)
    return this.#out.hole()
  }

  #takePrice(): number {
    const hole = this.#price()
    this.#out.byte(OP.i64Sub)
    return hole
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

  #readLocal(): void {
    this.#readFuel()
    this.#local(OP.localSet)
  }

  #local(operation: number): void {
    this.#out.byte(operation)
    this.#out.u32(this.#scratch.local('fuel'))
  }

  #multiply(by: number): void {
    this.#constant64(by)
    this.#out.byte(OP.i64Mul)
  }

  #constant64(value: number): void {
    this.#out.byte(OP.i64Const)
    this.#out.s32(value)
  }

  /** Stores what is left, in the local and in the global. */
  #store(): void {
    this.#local(OP.localTee)
    this.#out.byte(OP.globalSet)
    this.#out.u32(this.#fuelGlobal)
  }

  /** Whether more has been taken than there was, by the local. */
  #isSpent(): void {
    this.#local(OP.localGet)
    this.#out.all([OP.i64Const, 0, OP.i64LtS])
  }

  /** Stores what is left, and asks the host for more when that is below zero: it gives some, or ends the run. */
  #pay(): void {
    this.#store()
    this.#isSpent()
    this.#out.all([OP.if, EMPTY_BLOCK, OP.call])
    this.#out.u32(this.#refillFunction)
    this.#out.byte(OP.end)
    this.follow()
  }
}
