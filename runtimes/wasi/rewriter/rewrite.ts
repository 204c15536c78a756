/**
 * One pass over a core module (spec/handler-abi.md): what is not admitted is refused with its reason, and
 * the rest comes out with fuel, a stack budget, clamped limits and canonical NaN built in. Only sections
 * that are named in `write-module.ts` are written, so nothing unknown gets through.
 */
import { refuse } from '../../../kernel/index.ts'
import { FUEL, fuelOfBytes, UNITS_PER_PAGE } from './fuel.ts'
import { Inadmissible, inadmissible } from './inadmissible.ts'
import { NO_MEMORY, readParts } from './parts.ts'
import { splitSections } from './sections.ts'
import { writeModule } from './write-module.ts'
import type { Result } from '../../../kernel/index.ts'
import type { ModuleFacts } from './facts.ts'
import type { Clamped } from './limits.ts'
import type { Parts, RewritePolicy } from './parts.ts'

/** Changes whenever the same module could be admitted, priced or run differently. */
export const REWRITER_VERSION = 3

export interface Rewritten {
  readonly bytes: Uint8Array<ArrayBuffer>
  /** Imports of the module, as `module.name`. */
  readonly imports: readonly string[]
  /** Signature of each exported function, as in `iiI:i`. */
  readonly exports: ReadonlyMap<string, string>
  /** Pages the memory that is handed in must have, and may grow to. */
  readonly memory: Clamped
  readonly hasStart: boolean
  /** Fuel that each fresh instance costs before its first instruction. */
  readonly instanceFuel: number
}

/** With what it is made of. */
export interface RewrittenNow extends Rewritten {
  readonly facts: ModuleFacts
}

/** Admits and rewrites a module. Malformed bytes end in `ADMIT`, never in an exception. */
export function rewrite(bytes: Uint8Array, policy: RewritePolicy): Result<RewrittenNow> {
  try {
    return { ok: rewriteModule(bytes, policy) }
  } catch (error) {
    if (error instanceof Inadmissible) return refuse('ADMIT', error.message)
    throw error
  }
}

function rewriteModule(bytes: Uint8Array, policy: RewritePolicy): RewrittenNow {
  const sections = splitSections(bytes)
  const parts = readParts(sections, policy)
  const written = writeModule(bytes, sections, parts)
  return {
    facts: factsOf(bytes, parts),
    bytes: written,
    imports: parts.imports.names,
    exports: exportSignatures(parts),
    memory: parts.ownMemory ?? NO_MEMORY,
    hasStart: parts.start !== undefined,
    instanceFuel: instanceFuel(parts),
  }
}

/** Once the code is written: what is in it is seen then. */
function factsOf(
  bytes: Uint8Array,
  { imports, exports, linked, globals, ownTables, data, ...parts }: Parts,
): ModuleFacts {
  const { types, functions } = parts.declarations
  return {
    moduleBytes: bytes.length,
    types: types.length,
    functions: functions.length,
    imports: linked?.imports.items.length ?? imports.names.length,
    exports: linked?.exports.length ?? exports.count,
    globals: globals.count,
    tables: ownTables.length,
    tableElements: Math.max(0, ...ownTables.map(({ max }) => max)),
    dataSegments: data.count,
    locals: parts.seen.locals,
    features: parts.seen.features(types, ownTables),
  }
}

function exportSignatures({ exports, declarations }: Parts): ReadonlyMap<string, string> {
  const signatures = new Map<string, string>()
  for (const [name, index] of exports.functions) {
    const type = declarations.types[declarations.functions[index] ?? -1]
    if (type === undefined) inadmissible(`malformed: export ${name} is function ${index}`)
    signatures.set(name, type.text)
  }
  return signatures
}

/** What an engine does for an instance grows with these, before fuel is counted in the guest. */
function instanceFuel(parts: Parts): number {
  const { imports, exports, linked, globals, elements, data, ownTables, ownMemory } = parts
  const imported = linked?.imports.items.length ?? imports.names.length
  const exported = linked?.exports.length ?? exports.count
  const entities = imported + exported + globals.count + elements.count + data.count
  const elementCount = ownTables.reduce((sum, table) => sum + table.min, elements.content)
  return (
    FUEL.instance +
    FUEL.entity * entities +
    FUEL.element * elementCount +
    UNITS_PER_PAGE * (ownMemory?.min ?? 0) +
    fuelOfBytes(data.content)
  )
}
