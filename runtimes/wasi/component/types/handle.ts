/** Handles: numbers by which a component instance means a resource that is its own, or lent to it for a call. */
import { SCALAR_TYPES } from './scalar.ts'
import type { Place } from '../abi/place.ts'
import type { Resource } from './resource.ts'
import type { ValueType } from './type.ts'
import type { Representation } from '../abi/handle-table.ts'

const index = SCALAR_TYPES.u32

export function ownType(resource: Resource): ValueType {
  return handleType(
    { kind: 'own', resource },
    (place, handle) => place.handles.takeOwn(resource, handle),
    (place, value) => place.handles.addOwn(resource, value),
  )
}

export function borrowType(resource: Resource): ValueType {
  return handleType(
    { kind: 'borrow', resource },
    (place, handle) => place.handles.lend(resource, handle, place.scope),
    // Whoever made the resource is told what the handle stands for, and has nothing to give back.
    (place, value) =>
      resource.owner === place.owner
        ? (value as number)
        : place.handles.addBorrow(resource, value, place.scope),
  )
}

function handleType(
  form: ValueType['form'],
  take: (place: Place, handle: number) => Representation,
  give: (place: Place, value: Representation) => number,
): ValueType {
  return {
    ...index,
    form,
    load: (place, at) => take(place, index.load(place, at) as number),
    store: (place, at, value) => index.store(place, at, give(place, value as Representation)),
    lift: (place, from) => take(place, index.lift(place, from) as number),
    lower: (place, value, to) => void to.push(give(place, value as Representation)),
  }
}
