/**
 * One pass over a core module (spec/handler-abi.md): what is not admitted is refused with its reason, and
 * the rest comes out with fuel, a stack budget, clamped limits and canonical NaN built in. Only sections
 * this file names are written, so nothing unknown gets through.
 */
import { refuse } from '../../../kernel/index.ts'
import { BodyRewriter } from './body.ts'
import { writeExports, readExports } from './exports.ts'
import { FUEL, fuelOfBytes, UNITS_PER_PAGE } from './fuel.ts'
import { readFunctions } from './functions.ts'
import { readGlobals, writeGlobals } from './globals.ts'
import { Inadmissible, inadmissible } from './inadmissible.ts'
import { readImports } from './imports.ts'
import { readMemory, writeMemoryImport } from './memory.ts'
import { copyMoved, movedFunction, writeRefillImport, writeTypes } from './refill.ts'
import { SECTION, splitSections } from './sections.ts'
import { readData, readElements } from './segments.ts'
import { STACK } from './stack.ts'
import { readTables, writeTables } from './tables.ts'
import { readTypes } from './value-types.ts'
import { Writer } from './writer.ts'
import type { Result } from '../../../kernel/index.ts'
import type { Declarations } from './body.ts'
import type { Exports } from './exports.ts'
import type { Globals } from './globals.ts'
import type { Imports, Offer } from './imports.ts'
import type { Clamped } from './limits.ts'
import type { Reader } from './reader.ts'
import type { SectionName, Sections } from './sections.ts'
import type { Segments } from './segments.ts'

/** Changes whenever the same module could be admitted, priced or run differently. */
export const REWRITER_VERSION = 2

/** Magic and version. */
const HEADER_BYTES = 8

export interface RewritePolicy {
  /** Pages of memory at most, whatever the module states. */
  readonly pagesMax: number
  readonly offer: Offer
}

export interface Rewritten {
  readonly bytes: Uint8Array<ArrayBuffer>
  /** Imports of the module, as `module.name`. */
  readonly imports: readonly string[]
  /** Signature of each exported function, as in `iiI:i`. */
  readonly exports: ReadonlyMap<string, string>
  /** Pages the memory that is handed in must have, and may grow to. */
  readonly memory: Clamped
  /** Fuel that each fresh instance costs before its first instruction. */
  readonly instanceFuel: number
}

/** Admits and rewrites a module. Malformed bytes end in `ADMIT`, never in an exception. */
export function rewrite(bytes: Uint8Array, policy: RewritePolicy): Result<Rewritten> {
  try {
    return { ok: rewriteModule(bytes, policy) }
  } catch (error) {
    if (error instanceof Inadmissible) return refuse('ADMIT', error.message)
    throw error
  }
}

/** All of a module but its code, read and checked. */
interface Parts {
  readonly imports: Imports
  readonly exports: Exports
  readonly globals: Globals
  readonly start: number | undefined
  readonly elements: Segments
  readonly elementReader: Reader | undefined
  readonly data: Segments
  /** Type index of each function that the module defines. */
  readonly defined: readonly number[]
  readonly declarations: Declarations
}

function rewriteModule(bytes: Uint8Array, policy: RewritePolicy): Rewritten {
  const sections = splitSections(bytes)
  const parts = readParts(sections, policy)
  return {
    bytes: writeModule(bytes, sections, parts),
    imports: parts.imports.names,
    exports: exportSignatures(parts),
    memory: parts.declarations.memory,
    instanceFuel: instanceFuel(parts),
  }
}

function readParts(sections: Sections, policy: RewritePolicy): Parts {
  const types = readTypes(sections.type?.again())
  const imports = readImports(sections.import?.again(), types, policy.offer)
  const defined = readFunctions(sections.function?.again(), types, imports.types.length)
  const globals = readGlobals(sections.global)
  const elementReader = sections.element?.again()
  return {
    imports,
    exports: readExports(sections.export),
    globals,
    start: readStart(sections.start),
    elements: readElements(elementReader),
    elementReader,
    data: readData(sections.data?.again()),
    defined,
    declarations: {
      types,
      functions: [...imports.types, ...defined],
      importedFunctions: imports.types.length,
      tables: readTables(sections.table),
      memory: readMemory(sections.memory, policy.pagesMax),
      globals: globals.count,
    },
  }
}

function writeModule(bytes: Uint8Array, sections: Sections, parts: Parts): Uint8Array<ArrayBuffer> {
  const { imports, globals, declarations } = parts
  const out = new Writer(bytes.length * 2 + 1024)
  out.copy(bytes, 0, HEADER_BYTES)
  section(out, 'type', (content) => writeTypes(content, sections.type))
  section(out, 'import', (content) => writeImports(content, imports, sections.import, declarations))
  copySection(out, sections, 'function')
  section(out, 'table', (content) => writeTables(content, declarations.tables))
  section(out, 'global', (content) =>
    writeGlobals(content, globals, declarations.importedFunctions, STACK.units),
  )
  section(out, 'export', (content) =>
    writeExports(content, movedExports(parts), globals.count, movedStart(parts)),
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

/** The imports of the module, then those of the host: what asks for fuel, and the memory. */
function writeImports(
  out: Writer,
  imports: Imports,
  original: Reader | undefined,
  { types, memory }: Declarations,
): void {
  out.u32(imports.names.length + 2)
  if (original !== undefined) {
    original.u32()
    out.copy(original.bytes, original.at, original.end)
  }
  writeRefillImport(out, types.length)
  writeMemoryImport(out, memory)
}

function writeCode(out: Writer, code: Reader | undefined, { declarations, defined }: Parts): void {
  const count = code?.u32() ?? 0
  if (count !== defined.length) inadmissible(`malformed: ${defined.length} functions and ${count} bodies`)
  out.u32(count)
  if (code === undefined) return
  const rewriter = new BodyRewriter(declarations, code)
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

/** What an engine does for an instance grows with these, before fuel is counted in the guest. */
function instanceFuel({ imports, exports, globals, elements, data, declarations }: Parts): number {
  const { tables, memory } = declarations
  const entities = imports.names.length + exports.count + globals.count + elements.count + data.count
  const elementCount = tables.reduce((sum, table) => sum + table.min, elements.content)
  return (
    FUEL.instance +
    FUEL.entity * entities +
    FUEL.element * elementCount +
    UNITS_PER_PAGE * memory.min +
    fuelOfBytes(data.content)
  )
}
