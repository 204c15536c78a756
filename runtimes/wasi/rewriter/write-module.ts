/** Writes the sections of a module, with what the host adds to each. */
import { BodyRewriter } from './body.ts'
import { HOST_EXPORT, writeExports } from './exports.ts'
import { writeGlobals, writeOwnGlobals } from './globals.ts'
import { inadmissible } from './inadmissible.ts'
import { writeCounterImports, writeLinkedExports, writeLinkedImports } from './linked.ts'
import { MEMORY_IMPORT, writeMemoryImport } from './memory.ts'
import { copyMoved, movedFunction, writeRefillImport, writeTypes } from './refill.ts'
import { SECTION } from './sections.ts'
import { STACK } from './stack.ts'
import { writeTables } from './tables.ts'
import { Writer } from './writer.ts'
import type { Exports } from './exports.ts'
import type { LinkedExport, LinkedImports } from './linked.ts'
import type { Parts } from './parts.ts'
import type { Reader } from './reader.ts'
import type { SectionName, Sections } from './sections.ts'

/** Magic and version. */
const HEADER_BYTES = 8

/** The module as it is run, its code included. Only sections this file names are written. @throws {Inadmissible} */
export function writeModule(bytes: Uint8Array, sections: Sections, parts: Parts): Uint8Array<ArrayBuffer> {
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
