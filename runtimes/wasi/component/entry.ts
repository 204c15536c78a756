/** How a component is entered: as a program, or by a function for each method. */
import { METHOD_TYPE, METHOD_WITH_CONTEXT_TYPE, RUN_TYPE } from './handler-types.ts'
import { isSameFunction } from './types/same.ts'
import type { Callee } from './abi/lift.ts'
import type { Item } from './link/scope.ts'

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

export interface Method {
  readonly callee: Callee
  readonly takesContext: boolean
}

export function methodOf({ exports }: Entries, method: string): Method | undefined {
  const item = exports.get(method)
  if (item?.sort !== 'function') return undefined
  const { callee } = item
  if (isSameFunction(callee.type, METHOD_TYPE)) return { callee, takesContext: false }
  return isSameFunction(callee.type, METHOD_WITH_CONTEXT_TYPE) ? { callee, takesContext: true } : undefined
}

/** Why a component cannot be entered for this method. */
export function entryProblem(entries: Entries, method: string): string | undefined {
  if (entries.program !== undefined) {
    return method.includes('\0') ? 'a method with a zero byte cannot be an argument of a program' : undefined
  }
  if (methodOf(entries, method) !== undefined) return undefined
  return `the component exports neither wasi:cli/run nor a function ${JSON.stringify(method)} of the type of a method`
}
