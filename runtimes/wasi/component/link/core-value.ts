/** What core instances give each other, known by its type before anything runs. */
import type { LinkedType } from '../../rewriter/linked.ts'
import type { FlatValue } from '../types/flat.ts'

export type CoreCall = (...values: readonly FlatValue[]) => FlatValue | undefined

/** Where it will be found: an export of a core instance, or a function of the host. */
export type CoreSource =
  | { readonly from: 'instance'; readonly instance: number; readonly name: string }
  | { readonly from: 'host'; readonly call: CoreCall }

export type CoreItem = LinkedType & {
  readonly source: CoreSource
  /** Of a memory: which of the component it is. */
  readonly memoryIndex?: number
}

export type CoreFunction = Extract<CoreItem, { sort: 'function' }>

export type CoreInstance = ReadonlyMap<string, CoreItem>
