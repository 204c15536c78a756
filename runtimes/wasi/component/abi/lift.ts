/** A core function made a function of a component (`canon lift`): values go in, and come out. */
import { Halt } from '../../halt.ts'
import { FlatReader } from '../types/flat.ts'
import type { CoreFunction } from '../link/core-value.ts'
import type { FlatValue } from '../types/flat.ts'
import type { FunctionType } from '../types/function.ts'
import type { Value } from '../types/value.ts'
import type { Place } from './place.ts'

/** A function that can be called with values, wherever it is. */
export interface Callee {
  readonly type: FunctionType
  call(parameters: readonly Value[]): Value | undefined
}

export interface Lifted {
  readonly core: CoreFunction
  readonly type: FunctionType
  readonly place: Place
  readonly postReturn: CoreFunction | undefined
}

export function liftFunction(lifted: Lifted): Callee {
  return { type: lifted.type, call: (parameters) => callLifted(lifted, parameters) }
}

function callLifted(lifted: Lifted, parameters: readonly Value[]): Value | undefined {
  const { type, place } = lifted
  const { machine, instance } = place
  if (instance.isEntered) throw new Halt('TRAP', 'a component was entered a second time')
  machine.chargeCall(type.parts)
  machine.descend()
  instance.isEntered = true
  const outer = place.begin()
  try {
    const result = callCore(lifted, parameters)
    instance.isEntered = false
    machine.ascend()
    return result
  } finally {
    // Also after a trap: the run is over then, and the place is that of the next one too.
    place.scope = outer
  }
}

function callCore(
  { core, type, place, postReturn }: Lifted,
  parameters: readonly Value[],
): Value | undefined {
  const flat = lowerParameters(place, type, parameters)
  const returned = place.machine.function(core)(...flat)
  const result = liftResult(place, type, returned)
  if (place.scope.borrowed > 0) throw new Halt('TRAP', 'a handle that was lent for a call was kept')
  if (postReturn !== undefined) tidyUp(place, postReturn, returned)
  return result
}

/** The guest makes room for them meanwhile, and may do nothing else. */
function lowerParameters(
  place: Place,
  type: FunctionType,
  parameters: readonly Value[],
): readonly FlatValue[] {
  const { instance } = place
  const flat: FlatValue[] = []
  instance.mayLeave = false
  if (type.passesInMemory) flat.push(storeParameters(place, type, parameters))
  else type.together.lower(place, parameters, flat)
  instance.mayLeave = true
  return flat
}

function storeParameters(place: Place, { together }: FunctionType, parameters: readonly Value[]): number {
  const at = place.reserve(together.size, together.alignment)
  together.store(place, at, parameters)
  return at
}

function liftResult(place: Place, type: FunctionType, returned: FlatValue | undefined): Value | undefined {
  const { result } = type
  if (result === undefined || returned === undefined) return undefined
  if (!type.returnsInMemory) return result.lift(place, new FlatReader([returned]))
  const at = (returned as number) >>> 0
  place.check(at, result.size, result.alignment)
  return result.load(place, at)
}

function tidyUp(place: Place, postReturn: CoreFunction, returned: FlatValue | undefined): void {
  const { instance, machine } = place
  instance.mayLeave = false
  machine.function(postReturn)(...(returned === undefined ? [] : [returned]))
  instance.mayLeave = true
}
