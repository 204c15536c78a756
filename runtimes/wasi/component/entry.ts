/** How a component is entered: as a program, or by a function for each method. */
import { LIMITS } from '../../../kernel/index.ts'
import { inadmissible } from '../rewriter/inadmissible.ts'
import { METHOD_TYPE, METHOD_WITH_CONTEXT_TYPE, RUN_TYPE } from './handler-types.ts'
import { isSameFunction } from './types/same.ts'
import { typedMethod, TYPES_NAMES_MAX } from './typed/typed-method.ts'
import type { Callee } from './abi/lift.ts'
import type { Item } from './link/scope.ts'
import type { TypedMethod } from './typed/typed-method.ts'

const RUN_INTERFACE = /^wasi:cli\/run@0\.2\.\d{1,9}$/

export interface Entries {
  /** Of a program: it serves every method, and reads its name as an argument. */
  readonly program: Callee | undefined
  readonly exports: ReadonlyMap<string, Item>
}

export function findEntries(exports: ReadonlyMap<string, Item>): Entries {
  return { program: findProgram(exports), exports }
}

function findProgram(exports: ReadonlyMap<string, Item>): Callee | undefined {
  for (const [name, item] of exports) {
    if (!RUN_INTERFACE.test(name) || item.sort !== 'instance') continue
    const run = item.exports.get('run')
    if (run?.sort === 'function' && isSameFunction(run.callee.type, RUN_TYPE)) return run.callee
  }
  return undefined
}

/** Of bytes, or of types of its own. */
export type Method =
  | { readonly callee: Callee; readonly takesContext: boolean; readonly typed?: undefined }
  | { readonly typed: TypedMethod }

export function methodOf({ exports }: Entries, method: string): Method | undefined {
  const item = exports.get(method)
  if (item?.sort !== 'function') return undefined
  const { callee } = item
  if (isSameFunction(callee.type, METHOD_TYPE)) return { callee, takesContext: false }
  if (isSameFunction(callee.type, METHOD_WITH_CONTEXT_TYPE)) return { callee, takesContext: true }
  const typed = typedMethod(callee)
  return typed && { typed }
}

/**
 * Those of these methods that have types of their own; a program has none.
 * @throws {Inadmissible} where they are more than a block of types holds, before all of them are written down
 */
export function typedMethods(entries: Entries, methods: readonly string[]): ReadonlyMap<string, TypedMethod> {
  const found = new Map<string, TypedMethod>()
  if (entries.program !== undefined) return found
  let names = 0
  for (const name of methods) {
    const typed = methodOf(entries, name)?.typed
    if (typed === undefined) continue
    found.set(name, typed)
    names += typed.names
    if (found.size > LIMITS.methods || names > TYPES_NAMES_MAX)
      inadmissible('types: there are more of them than a block of types holds')
  }
  return found
}

/** Why a component cannot be entered for this method. */
export function entryProblem(entries: Entries, method: string): string | undefined {
  if (entries.program !== undefined) {
    return method.includes('\0') ? 'a method with a zero byte cannot be an argument of a program' : undefined
  }
  if (methodOf(entries, method) !== undefined) return undefined
  return `the component exports neither wasi:cli/run nor a function ${JSON.stringify(method)} of the type of a method`
}
