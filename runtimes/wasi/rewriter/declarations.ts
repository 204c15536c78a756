/** What is known of a module before its code is read. */
import type { Clamped } from './limits.ts'
import type { Table } from './tables.ts'
import type { Signature } from './value-types.ts'

export interface Declarations {
  readonly types: readonly Signature[]
  /** Type index of every function, imported ones first. */
  readonly functions: readonly number[]
  readonly importedFunctions: number
  readonly tables: readonly Table[]
  readonly memory: Clamped
  /** Globals of the module, imported ones included. */
  readonly globals: number
  /** Where the fuel is among the globals that are written; the stack comes after it. */
  readonly fuelGlobal: number
  /** Part of a component: what it imports is another part, which can call it back. */
  readonly isLinked: boolean
}
