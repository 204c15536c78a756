/**
 * The regions of a function: its body outside of loops, and the body of each loop outside of inner loops. Each is paid
 * for whole when it is entered, a fixed number each time.
 */
import { FUEL } from './fuel.ts'
import type { FuelCode } from './fuel-code.ts'
import type { Writer } from './writer.ts'

const OP = { if: 0x04, end: 0x0b, branchIf: 0x0d, i64Const: 0x42, i64Add: 0x7c, i64Sub: 0x7d } as const

const EMPTY_BLOCK = 0x40
/**
 * A function of so many instructions at most, which neither loops nor calls, takes its price and does not look
 * whether that was there: what comes after it looks, or the host when the run is over. Before that such functions can
 * only be called one after another by one that was paid for, and {@link BOUNDS.additions} times this is little.
 */
const SMALL_COST = 64

export class Meter {
  readonly #out: Writer
  readonly #fuel: FuelCode
  /** Where the price of each open loop goes, innermost last: it stands twice. */
  readonly #holes: (readonly [back: number, taken: number])[] = []
  /** The price so far of each region around the innermost one. */
  readonly #costs: number[] = []
  #cost = 0
  /** Whether the function does more than its instructions say. */
  #doesMore = false

  constructor(out: Writer, fuel: FuelCode) {
    this.#out = out
    this.#fuel = fuel
  }

  /** Begins a function; in one that `looks` its fuel is looked at whatever it does. */
  enter(looks: boolean): void {
    this.#cost = 0
    this.#doesMore = looks
  }

  /** Counts one instruction of the innermost region. */
  count(): void {
    this.#cost += FUEL.instruction
  }

  /**
   * Begins a loop, whose opcode and type are `start`. It is written as two, each with this type:
   *
   *     left = 0
   *     loop                           a turn that cannot be paid for comes back here
   *       left < 0 ? the host gives more, and the price of the turn is put back
   *       loop                         the one that was there
   *         left = fuel − price; left < 0 ? to the first
   *         fuel = left
   *
   * What is left is not asked of the fuel, which can be below zero when the first turn begins ({@link SMALL_COST}).
   * A call in the inner one, though hardly ever made, would have engines keep out of registers what it could change, and
   * neither unroll nor peel it. A label outside of a loop is therefore one further out than it was.
   */
  enterLoop(start: Uint8Array): void {
    if (this.#holes.length === 0) this.#readAgain()
    this.#doesMore = true
    this.#costs.push(this.#cost)
    this.#cost = 0
    this.#fuel.resetLeft(this.#out)
    this.#out.copy(start, 0, start.length)
    const back = this.#refillAndPutBack()
    this.#out.copy(start, 0, start.length)
    this.#holes.push([back, this.#takePrice()])
  }

  #refillAndPutBack(): number {
    this.#fuel.isSpent(this.#out)
    this.#out.all([OP.if, EMPTY_BLOCK])
    this.#fuel.refill(this.#out)
    this.#fuel.read(this.#out)
    const price = this.#price()
    this.#out.byte(OP.i64Add)
    this.#fuel.storeInLocal(this.#out)
    this.#out.byte(OP.end)
    return price
  }

  #takePrice(): number {
    this.#fuel.readLocal(this.#out)
    const price = this.#price()
    this.#out.byte(OP.i64Sub)
    this.#fuel.store(this.#out)
    this.#fuel.isSpent(this.#out)
    this.#out.all([OP.branchIf, 1])
    this.#fuel.keepLeft(this.#out)
    return price
  }

  /** A constant that is known at the end of the region; returns where it is. */
  #price(): number {
    this.#out.byte(OP.i64Const)
    return this.#out.hole()
  }

  /** Ends a loop, after its own `end`. */
  leaveLoop(): void {
    this.#out.byte(OP.end)
    for (const hole of this.#holes.pop() ?? []) this.#out.fill(hole, this.#cost)
    this.#cost = this.#costs.pop() as number
  }

  /** After a call, or work that has a size: the fuel is not what it was, and a loop counts on with what it is. */
  follow(): void {
    this.#doesMore = true
    if (this.#holes.length > 0) this.#readAgain()
  }

  #readAgain(): void {
    this.#fuel.read(this.#out)
    this.#fuel.storeInLocal(this.#out)
  }

  /** Ends a function, and writes what it takes for its own region, which comes before all of it. */
  finish(start: Writer): void {
    this.#fuel.read(start)
    start.byte(OP.i64Const)
    start.s32(this.#cost)
    start.byte(OP.i64Sub)
    if (this.#doesMore || this.#cost > SMALL_COST) this.#fuel.pay(start)
    else this.#fuel.storeInGlobal(start)
  }
}
