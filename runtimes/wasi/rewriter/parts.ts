/** All of a module but its code: read, checked, and numbered as it will be written. */
import { readExports } from './exports.ts'
import { Seen } from './facts.ts'
import { readFunctions } from './functions.ts'
import { readGlobals } from './globals.ts'
import { readImports } from './imports.ts'
import { inadmissible } from './inadmissible.ts'
import { readLinkedExports, readLinkedImports } from './linked.ts'
import { readMemory } from './memory.ts'
import { readData, readElements } from './segments.ts'
import { readTables } from './tables.ts'
import { readTypes } from './value-types.ts'
import type { Declarations } from './declarations.ts'
import type { Exports } from './exports.ts'
import type { Globals } from './globals.ts'
import type { Imports, Offer } from './imports.ts'
import type { Clamped } from './limits.ts'
import type { LinkedExport, LinkedImports } from './linked.ts'
import type { Reader } from './reader.ts'
import type { Sections } from './sections.ts'
import type { Segments } from './segments.ts'
import type { Table } from './tables.ts'

export interface RewritePolicy {
  /** Pages of memory at most, whatever the module states. */
  readonly pagesMax: number
  readonly offer: Offer
  /** Given for a part of a component; `offer` is not asked then, for the linker checks what goes where. */
  readonly part?: PartPolicy
}

export interface PartPolicy {
  /** Of the memory that the part imports, if it does: what it may grow to was decided where it is defined. */
  readonly memory?: Clamped
}

export const NO_MEMORY: Clamped = { min: 0, max: 0 }
const NO_EXPORTS: Exports = { count: 0, functions: new Map() }

/** All of a module but its code, read and checked. */
export interface Parts {
  readonly imports: Imports
  readonly exports: Exports
  /** Of a part of a component. */
  readonly linked: { readonly imports: LinkedImports; readonly exports: readonly LinkedExport[] } | undefined
  readonly ownMemory: Clamped | undefined
  readonly ownTables: readonly Table[]
  readonly globals: Globals
  readonly start: number | undefined
  readonly elements: Segments
  readonly elementReader: Reader | undefined
  readonly data: Segments
  /** Type index of each function that the module defines. */
  readonly defined: readonly number[]
  readonly declarations: Declarations
  /** Filled while the code is written. */
  readonly seen: Seen
}

/** Reads every section but the code. @throws {Inadmissible} */
export function readParts(sections: Sections, policy: RewritePolicy): Parts {
  const types = readTypes(sections.type?.again())
  const linked = policy.part === undefined ? undefined : readLinkedImports(sections.import?.again(), types)
  const imports = linkedFunctions(linked) ?? readImports(sections.import?.again(), types, policy.offer)
  const importedGlobals = linked?.globals.length ?? 0
  const defined = readFunctions(sections.function?.again(), types, imports.types.length)
  const globals = readGlobals(sections.global, importedGlobals)
  const elementReader = sections.element?.again()
  const ownTables = readTables(sections.table)
  const ownMemory = readOwnMemory(sections.memory, policy, linked)
  return {
    imports,
    exports: linked === undefined ? readExports(sections.export) : NO_EXPORTS,
    linked: linked && { imports: linked, exports: readLinkedExports(sections.export) },
    ownMemory,
    ownTables,
    globals,
    start: readStart(sections.start),
    elements: readElements(elementReader, importedGlobals),
    elementReader,
    data: readData(sections.data?.again(), importedGlobals),
    seen: new Seen(),
    defined,
    declarations: {
      types,
      functions: [...imports.types, ...defined],
      importedFunctions: imports.types.length,
      tables: linked === undefined ? ownTables : [...linked.tables, ...ownTables],
      memory: ownMemory ?? policy.part?.memory ?? NO_MEMORY,
      globals: importedGlobals + globals.count,
      fuelGlobal: linked === undefined ? globals.count : importedGlobals,
      isLinked: linked !== undefined,
    },
  }
}

function linkedFunctions(linked: LinkedImports | undefined): Imports | undefined {
  return linked && { names: [], types: linked.functions }
}

/** A part of a component may have none, or that of another part. */
function readOwnMemory(
  reader: Reader | undefined,
  { pagesMax }: RewritePolicy,
  linked: LinkedImports | undefined,
): Clamped | undefined {
  if (linked !== undefined && (reader === undefined || reader.again().u32() === 0)) return undefined
  if (linked?.memory !== undefined) inadmissible('the multi-memory proposal is not allowed')
  return readMemory(reader, pagesMax)
}

function readStart(reader: Reader | undefined): number | undefined {
  const start = reader?.u32()
  reader?.finish('start section')
  return start
}
