/** A function of a component, or of the host, made a core function (`canon lower`) that a guest can call. */
import { Halt } from '../../halt.ts'
import { FlatReader } from '../types/flat.ts'
import type { CoreCall } from '../link/core-value.ts'
import type { FlatValue } from '../types/flat.ts'
import type { FunctionType } from '../types/function.ts'
import type { Value } from '../types/value.ts'
import type { Callee } from './lift.ts'
import type { InstanceState, Machine } from './machine.ts'
import type { Place } from './place.ts'

export function lowerFunction(callee: Callee, place: Place): CoreCall {
  const { type } = callee
  return (...flat) => {
    const { machine } = place
    const instance = leave(machine, place.owner, type.parts)
    const outer = place.begin()
    try {
      return callOut(callee, place, instance, flat)
    } finally {
      // Also after a trap: the run is over then, and the place is that of the next one too.
      place.scope = outer
    }
  }
}

function callOut(
  callee: Callee,
  place: Place,
  instance: InstanceState,
  flat: readonly FlatValue[],
): FlatValue | undefined {
  const { type } = callee
  const from = new FlatReader(flat)
  const result = callee.call(liftParameters(place, type, from))
  place.scope.giveBack()
  instance.mayLeave = false
  const returned = lowerResult(place, type, result, from)
  instance.mayLeave = true
  return returned
}

/** What every call out of a component begins with. */
export function leave(machine: Machine, owner: number, parts: number): InstanceState {
  machine.chargeCall(parts)
  const instance = machine.instance(owner)
  if (!instance.mayLeave) throw new Halt('TRAP', 'a component called out where it may not')
  return instance
}

function liftParameters(place: Place, type: FunctionType, from: FlatReader): readonly Value[] {
  const { together } = type
  if (!type.passesInMemory) return together.lift(place, from) as readonly Value[]
  const at = (from.next() as number) >>> 0
  place.check(at, together.size, together.alignment)
  return together.load(place, at) as readonly Value[]
}

/** Into the memory of the caller where its last parameter says, or back as the result. */
function lowerResult(
  place: Place,
  { result, returnsInMemory }: FunctionType,
  value: Value | undefined,
  from: FlatReader,
): FlatValue | undefined {
  if (result === undefined) return undefined
  if (!returnsInMemory) {
    const flat: FlatValue[] = []
    result.lower(place, value as Value, flat)
    return flat[0]
  }
  const at = (from.next() as number) >>> 0
  place.check(at, result.size, result.alignment)
  result.store(place, at, value as Value)
  return undefined
}
