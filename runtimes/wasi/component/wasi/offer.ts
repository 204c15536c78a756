/** How functions of the host are written down: their type, then what they do. */
import { functionType } from '../types/function.ts'
import type { FunctionType } from '../types/function.ts'
import type { Resource } from '../types/resource.ts'
import type { ValueType } from '../types/type.ts'
import type { Value } from '../types/value.ts'
import type { ComponentWorld } from './world.ts'

export interface HostFunction {
  readonly type: FunctionType
  readonly run: (world: ComponentWorld, parameters: readonly Value[]) => Value | undefined
}

/** An interface as it is offered: functions and resources by their names in it. */
export interface Offered {
  readonly functions?: Readonly<Record<string, HostFunction>>
  readonly resources?: Readonly<Record<string, Resource>>
}

export function host(
  parameters: readonly ValueType[],
  result: ValueType | undefined,
  run: HostFunction['run'],
): HostFunction {
  return { type: functionType(parameters, result), run }
}
