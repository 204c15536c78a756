/** A type of resource: two are the same only if they are the same object. */
import type { CoreFunction } from '../link/core-value.ts'

export class Resource {
  readonly name: string
  /** The component instance whose numbers its handles stand for; undefined for resources of the host. */
  readonly owner: number | undefined
  /** Called with the number when the last handle is dropped. */
  readonly destructor: CoreFunction | undefined

  constructor(name: string, owner?: number, destructor?: CoreFunction) {
    this.name = name
    this.owner = owner
    this.destructor = destructor
  }
}
