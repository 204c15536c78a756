/** What a component does with resources: making handles of its own, dropping any, and looking behind its own. */
import { Halt } from '../../halt.ts'
import { leave } from './lower.ts'
import type { CoreCall } from '../link/core-value.ts'
import type { Resource } from '../types/resource.ts'
import type { Machine } from './machine.ts'

export function resourceNew(machine: Machine, owner: number, resource: Resource): CoreCall {
  return (representation) => leave(machine, owner, 1).handles.addOwn(resource, (representation as number) | 0)
}

export function resourceRep(machine: Machine, owner: number, resource: Resource): CoreCall {
  return (handle) => {
    machine.chargeCall(1)
    const { handles } = machine.instance(owner)
    return handles.get(resource, (handle as number) >>> 0).representation as number
  }
}

export function resourceDrop(machine: Machine, owner: number, resource: Resource): CoreCall {
  return (handle) => {
    const { handles } = leave(machine, owner, 1)
    const { representation, scope } = handles.drop(resource, (handle as number) >>> 0)
    if (scope !== undefined) return undefined
    if (typeof representation === 'number') destroy(machine, owner, resource, representation)
    else representation.dropped()
    return undefined
  }
}

/** Runs the destructor, in the component that made the resource. */
function destroy(machine: Machine, owner: number, resource: Resource, representation: number): void {
  const { destructor } = resource
  if (destructor === undefined || resource.owner === undefined) return
  const isOwner = resource.owner === owner
  const instance = machine.instance(resource.owner)
  if (!isOwner && instance.isEntered) throw new Halt('TRAP', 'a component was entered a second time')
  const wasEntered = instance.isEntered
  machine.descend()
  instance.isEntered = true
  machine.function(destructor)(representation)
  instance.isEntered = wasEntered
  machine.ascend()
}
