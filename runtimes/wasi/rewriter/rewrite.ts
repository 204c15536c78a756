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
import { SECTION, splitSections } from './sections.ts'
import { countDataBytes, countElements } from './segments.ts'
import { STACK } from './stack.ts'
import { readTables, writeTables } from './tables.ts'
import { readTypes } from './value-types.ts'
import { Writer } from './writer.ts'
import type { Result } from '../../../kernel/index.ts'
import type { Declarations } from './body.ts'
import type { Exports } from './exports.ts'
import type { Imports, Offer } from './imports.ts'
import type { Clamped } from './limits.ts'
import type { Reader } from './reader.ts'
import type { SectionName, Sections } from './sections.ts'
import type { Table } from './tables.ts'

/** Changes whenever the same module could be admitted, priced or run differently. */
export const REWRITER_VERSION = 1

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

function rewriteModule(bytes: Uint8Array, policy: RewritePolicy): Rewritten {
  const sections = splitSections(bytes)
  const typeSection = sections.type?.again()
  const types = readTypes(typeSection)
  const imports = readImports(sections.import?.again(), types, policy.offer)
  const defined = readFunctions(sections.function?.again(), types, imports.types.length)
  const tables = readTables(sections.table)
  const memory = readMemory(sections.memory, policy.pagesMax)
  const globals = readGlobals(sections.global)
  const exports = readExports(sections.export)
  const start = readStart(sections.start)
  const elements = countElements(sections.element)
  const dataBytes = countDataBytes(sections.data)
  const module: Declarations = {
    types,
    functions: [...imports.types, ...defined],
    importedFunctions: imports.types.length,
    tables,
    memory,
    globals: globals.count,
  }

  const out = new Writer(bytes.length * 2 + 1024)
  out.copy(bytes, 0, 8)
  copySection(out, sections, 'type')
  section(out, 'import', (content) => writeImports(content, imports, sections.import, memory))
  copySection(out, sections, 'function')
  section(out, 'table', (content) => writeTables(content, tables))
  section(out, 'global', (content) => writeGlobals(content, globals, STACK.units))
  section(out, 'export', (content) => writeExports(content, exports, globals.count, start))
  copySection(out, sections, 'element')
  copySection(out, sections, 'dataCount')
  section(out, 'code', (content) => writeCode(content, sections.code, module, defined))
  copySection(out, sections, 'data')

  return {
    bytes: out.finish(),
    imports: imports.names,
    exports: exportSignatures(exports, module),
    memory,
    instanceFuel: instanceFuel({ imports, exports, tables, memory, elements, dataBytes }),
  }
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

/** The imports of the module, and the memory: memories have indices of their own, so nothing shifts. */
function writeImports(out: Writer, imports: Imports, original: Reader | undefined, memory: Clamped): void {
  out.u32(imports.names.length + 1)
  if (original !== undefined) {
    original.u32()
    out.copy(original.bytes, original.at, original.end)
  }
  writeMemoryImport(out, memory)
}

function writeCode(
  out: Writer,
  code: Reader | undefined,
  module: Declarations,
  defined: readonly number[],
): void {
  const count = code?.u32() ?? 0
  if (count !== defined.length) inadmissible(`malformed: ${defined.length} functions and ${count} bodies`)
  out.u32(count)
  if (code === undefined) return
  const rewriter = new BodyRewriter(module, code)
  for (const index of defined) {
    const type = module.types[index]
    if (type !== undefined) rewriter.rewrite(type, code, out)
  }
  code.finish('code section')
}

function exportSignatures(exports: Exports, module: Declarations): ReadonlyMap<string, string> {
  const signatures = new Map<string, string>()
  for (const [name, index] of exports.functions) {
    const type = module.types[module.functions[index] ?? -1]
    if (type === undefined) inadmissible(`malformed: export ${name} is function ${index}`)
    signatures.set(name, type.text)
  }
  return signatures
}

interface Weights {
  readonly imports: Imports
  readonly exports: Exports
  readonly tables: readonly Table[]
  readonly memory: Clamped
  readonly elements: number
  readonly dataBytes: number
}

/** What an engine does for an instance grows with these, before fuel is counted in the guest. */
function instanceFuel(module: Weights): number {
  const entities = module.imports.names.length + module.exports.count
  const elements = module.tables.reduce((sum, table) => sum + table.min, module.elements)
  return (
    FUEL.instance +
    FUEL.entity * entities +
    FUEL.element * elements +
    UNITS_PER_PAGE * module.memory.min +
    fuelOfBytes(module.dataBytes)
  )
}
