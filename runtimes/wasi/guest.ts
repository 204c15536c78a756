/**
 * One run: a fresh instance over a zeroed memory, its fuel, and what may end it. Host functions see the
 * guest only through this.
 */
import { FUEL, fuelOfBytes } from './rewriter/fuel.ts'
import { HOST_EXPORT } from './rewriter/exports.ts'
import { Halt } from './halt.ts'
import type { RuntimeCall } from '../../kernel/index.ts'
import type { ParkedMemory } from './memory-pool.ts'

/**
 * Fuel that a guest has at a time where wall time is to be kept: the clock is read at least so often. Most
 * units take below a nanosecond, the worst ones known some hundred.
 */
const SLICE = 1_000_000

type GuestFunction = (...parameters: number[]) => unknown

export interface Deadline {
  readonly now: () => number
  readonly at: number
}

export class Guest {
  readonly call: RuntimeCall
  readonly #parked: Pick<ParkedMemory, 'view'>
  readonly #deadline: Deadline | undefined
  #exports: WebAssembly.Exports = {}
  #fuel: WebAssembly.Global | undefined
  /** What is left and not yet given to the instance. */
  #reserve: number

  constructor(call: RuntimeCall, parked: Pick<ParkedMemory, 'view'>, deadline: Deadline | undefined) {
    this.call = call
    this.#parked = parked
    this.#deadline = deadline
    this.#reserve = call.budget.fuel
  }

  /** Begins to run code: from here on the guest counts its fuel itself. */
  start(instance: WebAssembly.Instance): void {
    this.#exports = instance.exports
    this.#fuel = instance.exports[HOST_EXPORT.fuel] as WebAssembly.Global
    if (this.#deadline === undefined) this.#give(this.#fuel, this.#reserve)
    else this.#giveSlice(this.#fuel)
    this.callIfExported(HOST_EXPORT.start)
  }

  /** Whether there is an instance yet. */
  get isRunning(): boolean {
    return this.#fuel !== undefined
  }

  // --------------------------------------------------------------------------------------------- fuel

  /** What is left; below zero when the run ended for want of fuel. */
  get fuelLeft(): number {
    return this.#fuel === undefined ? this.#reserve : this.#reserve + Number(this.#fuel.value)
  }

  /** Fuel used so far, never more than was given. */
  get fuelUsed(): number {
    return this.call.budget.fuel - Math.max(0, this.fuelLeft)
  }

  /** Takes fuel for work of the host. */
  charge(units: number): void {
    if (this.#fuel === undefined) {
      this.#reserve -= units
      if (this.#reserve < 0) throw new Halt('BUDGET_FUEL', 'charged by the host')
      return
    }
    const left = Number(this.#fuel.value) - units
    this.#fuel.value = BigInt(left)
    if (left < 0) this.refill()
  }

  /** The instance is below zero: it gets the next slice where there is fuel and time, else the run ends. */
  refill(): void {
    const fuel = this.#fuel
    if (fuel === undefined || this.fuelLeft < 0) throw new Halt('BUDGET_FUEL', 'nothing is left to give')
    this.checkTime()
    this.#giveSlice(fuel)
  }

  /** At the end of a run: what a guest did last may have taken more than there was. */
  checkFuel(): void {
    if (this.fuelLeft < 0) throw new Halt('BUDGET_FUEL', 'taken by what was done last')
  }

  #giveSlice(fuel: WebAssembly.Global): void {
    this.#give(fuel, Math.min(this.#reserve, SLICE - Number(fuel.value)))
  }

  #give(fuel: WebAssembly.Global, units: number): void {
    this.#reserve -= units
    fuel.value = BigInt(Number(fuel.value) + units)
  }

  /** Takes fuel for bytes that the host moves in or out. */
  chargeBytes(bytes: number): void {
    const units = fuelOfBytes(bytes)
    if (units > 0) this.charge(units)
  }

  /** What every call of a host function begins with. */
  enterHost(): void {
    this.charge(FUEL.hostCall)
    this.checkTime()
  }

  /** What is left of the stack; below zero when the run ended for its depth. */
  get stackLeft(): number {
    const stack = this.#exports[HOST_EXPORT.stack] as WebAssembly.Global | undefined
    return stack === undefined ? 0 : (stack.value as number)
  }

  checkTime(): void {
    const deadline = this.#deadline
    if (deadline !== undefined && deadline.now() > deadline.at) {
      throw new Halt('BUDGET_TIME', `${this.call.budget.wallMs} ms have passed`)
    }
  }

  // ------------------------------------------------------------------------------------------- memory

  /** The memory as it is now. A view dies when the guest grows its memory: never keep one across a call. */
  view(): Uint8Array {
    return this.#parked.view()
  }

  /** A part of the memory the guest names. Both numbers are unsigned, whatever sign they come with. */
  slice(pointer: number, length: number): Uint8Array {
    const start = pointer >>> 0
    const end = start + (length >>> 0)
    const view = this.view()
    if (end > view.length) throw new Halt('TRAP', `bytes ${start} to ${end} of a memory of ${view.length}`)
    return view.subarray(start, end)
  }

  // ------------------------------------------------------------------------------------------ entering

  function(name: string): GuestFunction | undefined {
    const exported = Object.hasOwn(this.#exports, name) ? this.#exports[name] : undefined
    return typeof exported === 'function' ? (exported as GuestFunction) : undefined
  }

  callIfExported(name: string): void {
    const exported = this.function(name)
    if (exported === undefined) return
    this.checkTime()
    exported()
  }
}
