/**
 * The handles of one component instance. A number means something only here, only for the type it was made for,
 * and only until it is given away or dropped; all else is a trap.
 */
import { Halt } from '../../halt.ts'
import { COMPONENT_BOUNDS } from '../bounds.ts'
import type { Resource } from '../types/resource.ts'
import type { HostObject } from '../types/value.ts'

/** What a resource is to its owner: a number of a guest, or an object of the host. */
export type Representation = number | HostObject

export interface Handle {
  readonly resource: Resource
  readonly representation: Representation
  /** Of a borrowed one, the call it was lent for; undefined for one that is owned. */
  readonly scope: CallScope | undefined
  /** Calls that it is lent to at present: until they have ended it stays. */
  lent: number
}

/** What was lent during one call, in either direction. */
export class CallScope {
  /** Handles that the callee was lent, and has to drop before it returns. */
  borrowed = 0
  readonly #lent: Handle[] = []

  lend(handle: Handle): void {
    handle.lent += 1
    this.#lent.push(handle)
  }

  /** The call has ended: what the caller lent is wholly its own again. */
  giveBack(): void {
    for (const handle of this.#lent) handle.lent -= 1
    this.#lent.length = 0
  }
}

export class HandleTable {
  /** Index 0 is never a handle. */
  readonly #handles: (Handle | undefined)[] = [undefined]
  readonly #free: number[] = []

  addOwn(resource: Resource, representation: Representation): number {
    return this.#add({ resource, representation, scope: undefined, lent: 0 })
  }

  addBorrow(resource: Resource, representation: Representation, scope: CallScope): number {
    scope.borrowed += 1
    return this.#add({ resource, representation, scope, lent: 0 })
  }

  /** The owner gives it away: the handle is gone. */
  takeOwn(resource: Resource, index: number): Representation {
    const handle = this.get(resource, index)
    if (handle.scope !== undefined) throw trap(`handle ${index} is borrowed, and cannot be given away`)
    this.#remove(index, handle)
    return handle.representation
  }

  /** Lent for a call: the handle stays. */
  lend(resource: Resource, index: number, scope: CallScope): Representation {
    const handle = this.get(resource, index)
    if (handle.scope === undefined) scope.lend(handle)
    return handle.representation
  }

  /** What was dropped; its destructor is for the caller to run, where it was owned. */
  drop(resource: Resource, index: number): Handle {
    const handle = this.get(resource, index)
    this.#remove(index, handle)
    if (handle.scope !== undefined) handle.scope.borrowed -= 1
    return handle
  }

  get(resource: Resource, index: number): Handle {
    const handle = this.#handles[index]
    if (handle === undefined) throw trap(`there is no handle ${index}`)
    if (handle.resource !== resource) throw trap(`handle ${index} is not of type ${resource.name}`)
    return handle
  }

  #add(handle: Handle): number {
    const index = this.#free.pop() ?? this.#handles.length
    if (index > COMPONENT_BOUNDS.handles) throw trap(`more than ${COMPONENT_BOUNDS.handles} handles`)
    this.#handles[index] = handle
    return index
  }

  #remove(index: number, handle: Handle): void {
    if (handle.lent > 0) throw trap(`handle ${index} is lent to a call`)
    this.#handles[index] = undefined
    this.#free.push(index)
  }
}

function trap(detail: string): Halt {
  return new Halt('TRAP', detail)
}
