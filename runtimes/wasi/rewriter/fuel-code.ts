/**
 * The instructions by which a guest counts its fuel. It is in a global, for a trap may end the run anywhere and the host
 * reads it then. Engines load a global anew each time it is asked for, so that loops count in the local `fuel` and
 * only store in the global. What is left by the charge made last is in the local `left`.
 */
import type { Declarations } from './declarations.ts'
import type { Scratch } from './scratch.ts'
import type { Writer } from './writer.ts'

const OP = {
  if: 0x04,
  end: 0x0b,
  call: 0x10,
  localGet: 0x20,
  localSet: 0x21,
  localTee: 0x22,
  globalGet: 0x23,
  globalSet: 0x24,
  i64Const: 0x42,
  i64LtS: 0x53,
} as const

const EMPTY_BLOCK = 0x40

export class FuelCode {
  readonly #scratch: Scratch
  readonly #global: number
  readonly #refill: number

  constructor(scratch: Scratch, { fuelGlobal, importedFunctions }: Declarations) {
    this.#scratch = scratch
    this.#global = fuelGlobal
    this.#refill = importedFunctions
  }

  read(out: Writer): void {
    out.byte(OP.globalGet)
    out.u32(this.#global)
  }

  /** Where the host finds it. */
  storeInGlobal(out: Writer): void {
    out.byte(OP.globalSet)
    out.u32(this.#global)
  }

  readLocal(out: Writer): void {
    local(out, OP.localGet, this.#scratch.local('fuel'))
  }

  storeInLocal(out: Writer): void {
    local(out, OP.localSet, this.#scratch.local('fuel'))
  }

  /** Stores what a charge leaves. */
  store(out: Writer): void {
    local(out, OP.localTee, this.#scratch.local('left'))
    this.storeInGlobal(out)
  }

  /** Whether the charge made last took more than there was. */
  isSpent(out: Writer): void {
    local(out, OP.localGet, this.#scratch.local('left'))
    out.all([OP.i64Const, 0, OP.i64LtS])
  }

  /** No charge has been made yet. */
  resetLeft(out: Writer): void {
    out.all([OP.i64Const, 0])
    local(out, OP.localSet, this.#scratch.local('left'))
  }

  /** The charge made last stands. */
  keepLeft(out: Writer): void {
    local(out, OP.localGet, this.#scratch.local('left'))
    this.storeInLocal(out)
  }

  /** Asks the host for more: it gives some, to the global, or ends the run. */
  refill(out: Writer): void {
    out.byte(OP.call)
    out.u32(this.#refill)
  }

  /** Stores what is left, and asks for more when that is below zero. */
  pay(out: Writer): void {
    this.store(out)
    this.isSpent(out)
    out.all([OP.if, EMPTY_BLOCK])
    this.refill(out)
    out.byte(OP.end)
  }
}

function local(out: Writer, operation: number, index: number): void {
  out.byte(operation)
  out.u32(index)
}
