/** How functions of `wasi:filesystem` are written down: a {@link Fault} is the case of `error-code` it stands for. */
import { Fault } from '../../../files/fault.ts'
import { borrowType } from '../../types/handle.ts'
import { error, ok } from '../../types/value.ts'
import { resultType } from '../../types/variant.ts'
import { host } from '../offer.ts'
import { errorCode, ERROR_CODE } from './error-code.ts'
import { DESCRIPTOR } from './types.ts'
import type { ValueType } from '../../types/type.ts'
import type { Value } from '../../types/value.ts'
import type { HostFunction } from '../offer.ts'
import type { ComponentWorld } from '../world.ts'
import type { Descriptor } from './descriptor.ts'

type Run<Self> = (self: Self, values: readonly Value[], world: ComponentWorld) => Value | void

export const BORROW = borrowType(DESCRIPTOR)

/** A function of a descriptor. */
export function method(
  parameters: readonly ValueType[],
  result: ValueType | undefined,
  run: Run<Descriptor>,
): HostFunction {
  return fallible([BORROW, ...parameters], result, run)
}

/** A function that may fail, of whatever its first parameter is. */
export function fallible<Self>(
  parameters: readonly ValueType[],
  result: ValueType | undefined,
  run: Run<Self>,
): HostFunction {
  return host(parameters, resultType(result, ERROR_CODE), (world, [self, ...values]) => {
    try {
      return ok(run(self as Self, values, world) ?? undefined)
    } catch (fault) {
      if (fault instanceof Fault) return error(errorCode(fault))
      throw fault
    }
  })
}
