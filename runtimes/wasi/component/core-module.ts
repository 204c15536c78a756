/** A core module inside a component: what it takes and gives is read when it is first instantiated. */
import { foldConstants } from '../rewriter/fold-module.ts'
import { inadmissible } from '../rewriter/inadmissible.ts'
import { readShape } from '../rewriter/shape.ts'
import type { Shape } from '../rewriter/shape.ts'

export class CoreModule {
  readonly bytes: Uint8Array<ArrayBuffer>
  #shape: Shape | undefined

  /** Of bytes that nobody else may change. */
  constructor(bytes: Uint8Array<ArrayBuffer>) {
    this.bytes = bytes
  }

  get shape(): Shape {
    return (this.#shape ??= this.#readShape())
  }

  /** The same with constant expressions worked out that take more than one number; itself where there are none. */
  folded(valueOf: (module: string, name: string) => number | undefined): CoreModule {
    const bytes = foldConstants(this.bytes, valueOf)
    return bytes === undefined ? this : new CoreModule(bytes)
  }

  #readShape(): Shape {
    const shape = readShape(this.bytes)
    if (shape.refused !== undefined) return inadmissible(shape.refused.detail)
    return shape.ok
  }
}
