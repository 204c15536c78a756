/** Runs a module as it is and as the rewriter makes it, side by side. */
import assert from 'node:assert/strict'

import { preview1Signature } from '../preview1/signatures.ts'
import { HOST_EXPORT } from '../rewriter/exports.ts'
import { MEMORY_IMPORT } from '../rewriter/memory.ts'
import { REFILL_IMPORT } from '../rewriter/refill.ts'
import { rewrite } from '../rewriter/rewrite.ts'
import type { Rewritten } from '../rewriter/rewrite.ts'

export const POLICY = { pagesMax: 16, offer: preview1Signature }

export function rewritten(code: Uint8Array): Rewritten {
  const result = rewrite(code, POLICY)
  assert.equal(result.refused, undefined)
  return result.ok as Rewritten
}

/** The detail a module is refused with. */
export function refusal(code: Uint8Array): string {
  const result = rewrite(code, POLICY)
  assert.equal(result.refused?.code, 'ADMIT')
  return result.refused?.detail ?? ''
}

export type Value = number | bigint

export interface Running {
  readonly memory: WebAssembly.Memory
  call(name: string, ...values: readonly Value[]): Value | readonly Value[] | undefined
}

export interface MeteredRunning extends Running {
  /** Of what was given last. */
  fuelLeft: bigint
  /** Of all that was given. */
  readonly fuelUsed: number
}

const FUEL = 10n ** 9n

function outOfFuel(): never {
  throw new WebAssembly.RuntimeError('no more fuel')
}

/** With fuel for everything at once, or a `slice` of it whenever there is none. */
export function runRewritten(code: Uint8Array, slice?: number): MeteredRunning {
  const { bytes, memory: limits } = rewritten(code)
  const memory = new WebAssembly.Memory({ initial: limits.min, maximum: limits.max })
  const module = new WebAssembly.Module(bytes)
  let given = FUEL
  const giveSlice = (): void => {
    const more = BigInt(slice ?? 0) - (fuel.value as bigint)
    given += more
    fuel.value = (fuel.value as bigint) + more
  }
  const instance = new WebAssembly.Instance(module, {
    [MEMORY_IMPORT.module]: {
      [MEMORY_IMPORT.name]: memory,
      [REFILL_IMPORT.name]: slice === undefined ? outOfFuel : giveSlice,
    },
  })
  const fuel = instance.exports[HOST_EXPORT.fuel] as WebAssembly.Global
  given = slice === undefined ? FUEL : BigInt(slice)
  fuel.value = given
  return {
    memory,
    get fuelUsed() {
      return Number(given - (fuel.value as bigint))
    },
    call: caller(instance),
    get fuelLeft() {
      return fuel.value as bigint
    },
    set fuelLeft(left: bigint) {
      fuel.value = left
    },
  }
}

export function runOriginal(code: Uint8Array<ArrayBuffer>): Running {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(code), {})
  return { memory: instance.exports['memory'] as WebAssembly.Memory, call: caller(instance) }
}

function caller(instance: WebAssembly.Instance): Running['call'] {
  return (name, ...values) =>
    (instance.exports[name] as (...values: readonly Value[]) => Value | undefined)(...values)
}

/** Fuel that one call takes in the guest. */
export function fuelOf(code: Uint8Array, name: string, ...values: readonly Value[]): number {
  const running = runRewritten(code)
  running.call(name, ...values)
  return Number(FUEL - running.fuelLeft)
}
