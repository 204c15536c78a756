/**
 * One pass over a core module (spec/handler-abi.md): what is not admitted is refused with its reason, and
 * the rest comes out with fuel, a stack budget, clamped limits and canonical NaN built in. Only sections
 * this file names are written, so nothing unknown gets through.
 */
import { refuse } from '../../../kernel/index.ts'
import { BodyRewriter } from './body.ts'
import { BOUNDS } from './bounds.ts'
import { HOST_EXPORT, writeExports, readExports } from './exports.ts'
import { Seen } from './facts.ts'
import { FUEL, fuelOfBytes, UNITS_PER_PAGE } from './fuel.ts'
import { readFunctions } from './functions.ts'
import { readGlobals, writeGlobals, writeOwnGlobals } from './globals.ts'
import { Inadmissible, inadmissible } from './inadmissible.ts'
import { readImports } from './imports.ts'
import {
  KIND,
  readLinkedExports,
  readLinkedImports,
  writeCounterImports,
  writeLinkedExports,
  writeLinkedImports,
} from './linked.ts'
import { MEMORY_IMPORT, readMemory, writeMemoryImport } from './memory.ts'
import { copyMoved, movedFunction, writeRefillImport, writeTypes } from './refill.ts'
import { SECTION, splitSections } from './sections.ts'
import { readData, readElements } from './segments.ts'
import { STACK } from './stack.ts'
import { readTables, writeTables } from './tables.ts'
import { readTypes } from './value-types.ts'
import { Writer } from './writer.ts'
import type { Result } from '../../../kernel/index.ts'
import type { Declarations } from './declarations.ts'
import type { Exports } from './exports.ts'
import type { ModuleFacts } from './facts.ts'
import type { Globals } from './globals.ts'
import type { Imports, Offer } from './imports.ts'
import type { Clamped } from './limits.ts'
import type { LinkedExport, LinkedImport, LinkedImports, LinkedType } from './linked.ts'
import type { Reader } from './reader.ts'
import type { SectionName, Sections } from './sections.ts'
import type { Segments } from './segments.ts'
import type { Table } from './tables.ts'

/** Changes whenever the same module could be admitted, priced or run differently. */
export const REWRITER_VERSION = 3

/** Magic and version. */
const HEADER_BYTES = 8

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

/** What a part of a component takes and gives. */
export interface Shape {
  readonly imports: readonly LinkedImport[]
  readonly exports: ReadonlyMap<string, LinkedType & { readonly position: number; readonly index: number }>
  /** The memory that it defines. */
  readonly memory: Clamped | undefined
  readonly tables: number
}

/** Reads what a part of a component takes and gives, and not its code. */
export function readShape(bytes: Uint8Array): Result<Shape> {
  try {
    return { ok: shapeOf(readParts(splitSections(bytes), SHAPE_POLICY)) }
  } catch (error) {
    if (error instanceof Inadmissible) return refuse('ADMIT', error.message)
    throw error
  }
}

const SHAPE_POLICY: RewritePolicy = { pagesMax: BOUNDS.pages, offer: () => undefined, part: {} }
const NO_MEMORY: Clamped = { min: 0, max: 0 }
const NO_EXPORTS: Exports = { count: 0, functions: new Map() }

/** All of a module but its code, read and checked. */
interface Parts {
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

function readParts(sections: Sections, policy: RewritePolicy): Parts {
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

function writeModule(bytes: Uint8Array, sections: Sections, parts: Parts): Uint8Array<ArrayBuffer> {
  const { globals, declarations } = parts
  const out = new Writer(bytes.length * 2 + 1024)
  out.copy(bytes, 0, HEADER_BYTES)
  section(out, 'type', (content) => writeTypes(content, sections.type))
  section(out, 'import', (content) => writeImports(content, parts, sections.import))
  copySection(out, sections, 'function')
  section(out, 'table', (content) => writeTables(content, parts.ownTables))
  section(out, 'global', (content) =>
    parts.linked === undefined
      ? writeGlobals(content, globals, declarations.importedFunctions, STACK.units)
      : writeOwnGlobals(content, globals, declarations.importedFunctions),
  )
  section(out, 'export', (content) =>
    parts.linked === undefined
      ? writeExports(content, movedExports(parts), globals.count, movedStart(parts))
      : writePartExports(content, parts.linked.exports, parts),
  )
  section(out, 'element', (content) => writeElements(content, sections.element, parts))
  copySection(out, sections, 'dataCount')
  section(out, 'code', (content) => writeCode(content, sections.code, parts))
  copySection(out, sections, 'data')
  return out.finish()
}

function movedExports({ exports, declarations }: Parts): Exports {
  const moved = [...exports.functions].map(
    ([name, index]) => [name, movedFunction(index, declarations.importedFunctions)] as const,
  )
  return { count: exports.count, functions: new Map(moved) }
}

function movedStart({ start, declarations }: Parts): number | undefined {
  return start === undefined ? undefined : movedFunction(start, declarations.importedFunctions)
}

/** The element section, from where it begins in the module; one that holds nothing where there is none. */
function writeElements(out: Writer, original: Reader | undefined, parts: Parts): void {
  const { elementReader, declarations } = parts
  if (original === undefined || elementReader === undefined) return out.u32(0)
  copyMoved(out, elementReader, original.at, declarations.importedFunctions)
}

function readStart(reader: Reader | undefined): number | undefined {
  const start = reader?.u32()
  reader?.finish('start section')
  return start
}

function section(out: Writer, name: SectionName, write: (content: Writer) => void): void {
  const content = new Writer(1024)
  write(content)
  out.byte(SECTION[name])
  out.u32(content.length)
  out.append(content)
}

function copySection(out: Writer, sections: Sections, name: SectionName): void {
  const content = sections[name]
  if (content === undefined) return
  section(out, name, (writer) => writer.copy(content.bytes, content.at, content.end))
}

function writePartExports(out: Writer, exports: readonly LinkedExport[], parts: Parts): void {
  const { start, declarations } = parts
  const imported = { functions: declarations.importedFunctions, globals: declarations.fuelGlobal }
  writeLinkedExports(
    out,
    exports,
    imported,
    start === undefined ? undefined : { name: HOST_EXPORT.start, index: start },
  )
}

/** The imports of the module, then those of the host: what asks for fuel, and the memory. */
function writeImports(out: Writer, parts: Parts, original: Reader | undefined): void {
  if (parts.linked !== undefined) return writePartImports(out, parts.linked.imports, parts)
  const { types, memory } = parts.declarations
  out.u32(parts.imports.names.length + 2)
  if (original !== undefined) {
    original.u32()
    out.copy(original.bytes, original.at, original.end)
  }
  writeRefillImport(out, types.length)
  writeMemoryImport(out, memory)
}

/** The imports of a part of a component, then those of the host: fuel, its counters, and a memory of its own. */
function writePartImports(
  out: Writer,
  imports: LinkedImports,
  { declarations, ownMemory }: Pick<Parts, 'declarations' | 'ownMemory'>,
): void {
  out.u32(imports.items.length + (ownMemory === undefined ? 3 : 4))
  writeLinkedImports(out, imports)
  writeRefillImport(out, declarations.types.length)
  writeCounterImports(out, MEMORY_IMPORT.module, HOST_EXPORT.fuel, HOST_EXPORT.stack)
  if (ownMemory !== undefined) writeMemoryImport(out, ownMemory)
}

function writeCode(out: Writer, code: Reader | undefined, { declarations, defined, seen }: Parts): void {
  const count = code?.u32() ?? 0
  if (count !== defined.length) inadmissible(`malformed: ${defined.length} functions and ${count} bodies`)
  out.u32(count)
  if (code === undefined) return
  const rewriter = new BodyRewriter(declarations, code, seen)
  for (const index of defined) {
    const type = declarations.types[index]
    if (type !== undefined) rewriter.rewrite(type, code, out)
  }
  code.finish('code section')
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

function shapeOf(parts: Parts): Shape {
  const { linked, ownMemory, ownTables } = parts
  const exports = new Map<string, LinkedType & { position: number; index: number }>()
  linked?.exports.forEach(({ name, kind, index }, position) => {
    if (exports.has(name)) inadmissible(`malformed: two exports are called ${JSON.stringify(name)}`)
    exports.set(name, { ...typeOfExport(parts, kind, index), position, index })
  })
  return { imports: linked?.imports.items ?? [], exports, memory: ownMemory, tables: ownTables.length }
}

function typeOfExport(
  { declarations, linked, globals, ownMemory }: Parts,
  kind: number,
  index: number,
): LinkedType {
  if (kind === KIND.function) {
    const type = declarations.types[declarations.functions[index] ?? -1]
    if (type !== undefined) return { sort: 'function', signature: type.text }
  }
  if (kind === KIND.table) {
    const table = declarations.tables[index]
    if (table !== undefined) return { sort: 'table', table }
  }
  if (kind === KIND.memory) {
    const memory = index === 0 ? (ownMemory ?? linked?.imports.memory) : undefined
    if (memory !== undefined) return { sort: 'memory', memory }
  }
  if (kind === KIND.global) {
    const imported = linked?.imports.globals ?? []
    const global = imported[index] ?? globals.types[index - imported.length]
    if (global !== undefined) return { sort: 'global', global }
  }
  return inadmissible(`malformed: an export of what is not there`)
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
