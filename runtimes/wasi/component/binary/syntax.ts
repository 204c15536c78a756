/** A component as its bytes say it, definition by definition; what the indices mean is for linking to find. */
import type { CoreModule } from '../core-module.ts'
import type { ScalarName } from '../types/type.ts'
import type { Encoding } from '../types/encoding.ts'

/** An index among the types, or the name of one that is built in. */
export type TypeReference = number | ScalarName | 'string'

export type TypeSyntax =
  | { readonly kind: 'plain'; readonly type: TypeReference }
  | { readonly kind: 'record'; readonly names: readonly string[]; readonly types: readonly TypeReference[] }
  | {
      readonly kind: 'variant'
      readonly names: readonly string[]
      readonly types: readonly (TypeReference | undefined)[]
    }
  | { readonly kind: 'list' | 'option'; readonly element: TypeReference }
  | { readonly kind: 'tuple'; readonly types: readonly TypeReference[] }
  | { readonly kind: 'flags' | 'enum'; readonly names: readonly string[] }
  | {
      readonly kind: 'result'
      readonly ok: TypeReference | undefined
      readonly error: TypeReference | undefined
    }
  | { readonly kind: 'own' | 'borrow'; readonly resource: number }
  | {
      readonly kind: 'function'
      readonly parameterNames: readonly string[]
      readonly parameters: readonly TypeReference[]
      readonly result: TypeReference | undefined
    }
  | { readonly kind: 'resource'; readonly destructor: number | undefined }
  | { readonly kind: 'instance' | 'component'; readonly declarations: readonly Definition[] }

export type CoreSort = 'function' | 'table' | 'memory' | 'global' | 'module' | 'instance'

export type Sort = 'function' | 'type' | 'component' | 'instance'

export type SortName =
  { readonly isCore: true; readonly sort: CoreSort } | { readonly isCore: false; readonly sort: Sort }

/** Something of one kind, by its index among those. */
export type SortIndex = SortName & { readonly index: number }

export interface Named {
  readonly name: string
  readonly what: SortIndex
}

/** What an import must be, or an export is said to be. */
export type Description =
  | { readonly sort: 'function' | 'instance' | 'component'; readonly type: number }
  | { readonly sort: 'module' }
  /** A type that is the same as another one, or a resource of its own. */
  | { readonly sort: 'type'; readonly same: number | undefined }

export interface CanonOptions {
  readonly encoding: Encoding
  readonly memory: number | undefined
  readonly realloc: number | undefined
  readonly postReturn: number | undefined
}

export type Definition =
  | { readonly is: 'core module'; readonly module: CoreModule }
  | {
      readonly is: 'core instance'
      readonly module: number
      readonly parameters: readonly { readonly name: string; readonly instance: number }[]
    }
  | { readonly is: 'core exports'; readonly exports: readonly Named[] }
  | { readonly is: 'component'; readonly definitions: readonly Definition[] }
  | { readonly is: 'instance'; readonly component: number; readonly parameters: readonly Named[] }
  | { readonly is: 'exports'; readonly exports: readonly Named[] }
  | { readonly is: 'alias export'; readonly what: SortName; readonly instance: number; readonly name: string }
  | {
      readonly is: 'alias core export'
      readonly sort: CoreSort
      readonly instance: number
      readonly name: string
    }
  | {
      readonly is: 'alias outer'
      readonly what: SortName
      readonly level: number
      readonly index: number
    }
  | { readonly is: 'type'; readonly type: TypeSyntax }
  | { readonly is: 'lift'; readonly core: number; readonly options: CanonOptions; readonly type: number }
  | { readonly is: 'lower'; readonly function: number; readonly options: CanonOptions }
  | { readonly is: 'resource'; readonly operation: 'new' | 'drop' | 'rep'; readonly resource: number }
  | { readonly is: 'import'; readonly name: string; readonly description: Description }
  | {
      readonly is: 'export'
      readonly name: string
      readonly what: SortIndex
      readonly description: Description | undefined
    }
  /** In the type of an instance or component: what it exports. */
  | { readonly is: 'export type'; readonly name: string; readonly description: Description }
