/** Two ways to run the modules of a script: as they are, and as the rewriter makes them, linked to one another. */
import { BOUNDS } from '../../rewriter/bounds.ts'
import { HOST_EXPORT } from '../../rewriter/exports.ts'
import { LINK_IMPORT } from '../../rewriter/linked.ts'
import { MEMORY_IMPORT } from '../../rewriter/memory.ts'
import { REFILL_IMPORT } from '../../rewriter/refill.ts'
import { rewrite } from '../../rewriter/rewrite.ts'
import { readShape } from '../../rewriter/shape.ts'
import type { RewritePolicy } from '../../rewriter/parts.ts'
import type { Shape } from '../../rewriter/shape.ts'

/** What a module exports, by the names of the script. */
export type Exports = Readonly<Record<string, WebAssembly.ExportValue>>

/** Modules by the names they were registered under. */
export type Registry = ReadonlyMap<string, Exports>

export interface Machine {
  readonly name: string
  /** @throws what the engine throws @throws {NotAdmitted} */
  instantiate(bytes: Uint8Array<ArrayBuffer>, registry: Registry): Exports
}

/** The rewriter refuses the module: a bound, or a feature that handlers do not have. */
export class NotAdmitted extends Error {}

/** The module that scripts expect to be there. */
export function spectest(): Exports {
  const nothing = (): void => undefined
  const prints = [
    'print',
    'print_i32',
    'print_i64',
    'print_f32',
    'print_f64',
    'print_i32_f32',
    'print_f64_f64',
  ]
  return {
    ...Object.fromEntries(prints.map((name) => [name, nothing])),
    global_i32: new WebAssembly.Global({ value: 'i32' }, 666),
    global_i64: new WebAssembly.Global({ value: 'i64' }, 666n),
    global_f32: new WebAssembly.Global({ value: 'f32' }, 666.6),
    global_f64: new WebAssembly.Global({ value: 'f64' }, 666.6),
    table: new WebAssembly.Table({ initial: 10, maximum: 20, element: 'anyfunc' }),
    memory: new WebAssembly.Memory({ initial: 1, maximum: 2 }),
  }
}

export function plainMachine(): Machine {
  return {
    name: 'as it is',
    instantiate: (bytes, registry) => {
      const module = new WebAssembly.Module(bytes)
      const imports: Record<string, Record<string, WebAssembly.ImportValue>> = {}
      for (const { module: from, name } of WebAssembly.Module.imports(module))
        (imports[from] ??= {})[name] = registry.get(from)?.[name] as WebAssembly.ImportValue
      return new WebAssembly.Instance(module, imports).exports
    },
  }
}

/** Fuel and stack for any script: what ends for want of them would not end in an engine either. */
const FUEL = 2n ** 62n
const STACK_UNITS = 2 ** 30

export function rewrittenMachine(): Machine {
  const fuel = new WebAssembly.Global({ value: 'i64', mutable: true }, FUEL)
  const stack = new WebAssembly.Global({ value: 'i32', mutable: true }, STACK_UNITS)
  return {
    name: 'rewritten',
    instantiate: (bytes, registry) => {
      const shape = readShape(bytes)
      if (shape.refused !== undefined) throw new NotAdmitted(shape.refused.detail)
      const linked = shape.ok.imports.map(({ module, name }) => registry.get(module)?.[name])
      const rewritten = rewrite(bytes, policyOf(shape.ok, linked))
      if (rewritten.refused !== undefined) throw new NotAdmitted(rewritten.refused.detail)
      // A trap leaves the count of the stack where it was.
      stack.value = STACK_UNITS
      const { memory } = shape.ok
      const own: WebAssembly.ModuleImports = {
        [REFILL_IMPORT.name]: () => {
          throw new WebAssembly.RuntimeError('no more fuel')
        },
        [HOST_EXPORT.fuel]: fuel,
        [HOST_EXPORT.stack]: stack,
      }
      if (memory !== undefined)
        own[MEMORY_IMPORT.name] = new WebAssembly.Memory({ initial: memory.min, maximum: memory.max })
      const numbered = Object.fromEntries(linked.map((value, at) => [at, value as WebAssembly.ImportValue]))
      const module = new WebAssembly.Module(rewritten.ok.bytes)
      const { exports } = new WebAssembly.Instance(module, {
        [LINK_IMPORT]: numbered,
        [MEMORY_IMPORT.module]: own,
      })
      const start = exports[HOST_EXPORT.start]
      if (rewritten.ok.hasStart && typeof start === 'function') start()
      return named(shape.ok, exports)
    },
  }
}

/** What an imported memory may grow to is known to whoever defined it. */
function policyOf({ imports }: Shape, linked: readonly unknown[]): RewritePolicy {
  const at = imports.findIndex(({ sort }) => sort === 'memory')
  const item = imports[at]
  const memory = item?.sort === 'memory' && linked[at] !== undefined ? { memory: item.memory } : {}
  return { pagesMax: BOUNDS.pages, offer: () => undefined, part: memory }
}

/** Exports under the names of the script. */
function named(shape: Shape, exports: WebAssembly.Exports): Exports {
  const entries = [...shape.exports].map(([name, { position }]) => [name, exports[position]] as const)
  return Object.fromEntries(entries) as Exports
}
