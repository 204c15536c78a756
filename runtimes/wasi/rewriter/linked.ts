/**
 * A module that is part of a component: it may import tables, memories and globals, from the other parts, and
 * shares one count of fuel and one of the stack with them. Its names mean something to the linker only; in what
 * is written they are numbers, so that no name of a guest becomes the name of a property here.
 */
import { BOUNDS } from './bounds.ts'
import { inadmissible } from './inadmissible.ts'
import { readLimits, writeLimits } from './limits.ts'
import { movedFunction } from './refill.ts'
import { readTable } from './tables.ts'
import { readValueType, VALUE_TYPE } from './value-types.ts'
import type { Clamped } from './limits.ts'
import type { Reader } from './reader.ts'
import type { Table } from './tables.ts'
import type { Signature, ValueType } from './value-types.ts'
import type { Writer } from './writer.ts'

/** The module that every import of a part is written to come from; its names are `0`, `1`, … */
export const LINK_IMPORT = '+'

export interface GlobalType {
  readonly type: ValueType
  readonly isMutable: boolean
  /** Of one that is an i32, never changes and is stated as a number. */
  readonly constant?: number
}

/** What one part of a component takes from another, or gives to it. */
export type LinkedType =
  | { readonly sort: 'function'; readonly signature: string }
  | { readonly sort: 'table'; readonly table: Table }
  | { readonly sort: 'memory'; readonly memory: Clamped }
  | { readonly sort: 'global'; readonly global: GlobalType }

export type LinkedImport = LinkedType & { readonly module: string; readonly name: string }

/** Kind as the format numbers it, and index among those of its kind. */
export interface LinkedExport {
  readonly name: string
  readonly kind: number
  readonly index: number
}

export interface LinkedImports {
  readonly items: readonly LinkedImport[]
  /** Type index of each function. */
  readonly functions: readonly number[]
  /** For each import, the type index of a function, and 0 for all else. */
  readonly types: readonly number[]
  readonly tables: readonly Table[]
  readonly globals: readonly GlobalType[]
  readonly memory: Clamped | undefined
}

export const KIND = { function: 0, table: 1, memory: 2, global: 3 } as const

/** Bounds of a memory are those of the format here: what may be had is decided where it is defined. */
const PAGES_OF_FORMAT = 65_536

export function readLinkedImports(reader: Reader | undefined, types: readonly Signature[]): LinkedImports {
  const functions: number[] = []
  const items: LinkedImport[] = []
  const indices: number[] = []
  for (
    let left = reader?.count(BOUNDS.imports, 'imports') ?? 0;
    left > 0 && reader !== undefined;
    left -= 1
  ) {
    const names = { module: reader.name(), name: reader.name() }
    const kind = reader.byte()
    const index = kind === KIND.function ? reader.u32() : 0
    if (kind === KIND.function) functions.push(index)
    indices.push(index)
    items.push({ ...names, ...readImportType(reader, kind, types[index]) })
  }
  reader?.finish('import section')
  const memories = items.flatMap((item) => (item.sort === 'memory' ? [item.memory] : []))
  if (memories.length > 1) inadmissible('the multi-memory proposal is not allowed')
  return {
    items,
    functions,
    types: indices,
    tables: items.flatMap((item) => (item.sort === 'table' ? [item.table] : [])),
    globals: items.flatMap((item) => (item.sort === 'global' ? [item.global] : [])),
    memory: memories[0],
  }
}

function readImportType(reader: Reader, kind: number, type: Signature | undefined): LinkedType {
  switch (kind) {
    case KIND.function:
      if (type === undefined) return inadmissible('malformed: an imported function without a type')
      return { sort: 'function', signature: type.text }
    case KIND.table:
      return { sort: 'table', table: readTable(reader) }
    case KIND.memory:
      return { sort: 'memory', memory: readLimits(reader, PAGES_OF_FORMAT, 'pages of memory at least') }
    case KIND.global:
      return { sort: 'global', global: readGlobalType(reader) }
    default:
      return inadmissible('an import that is neither function, table, memory nor global')
  }
}

export function readGlobalType(reader: Reader): GlobalType {
  const type = readValueType(reader)
  const mutability = reader.byte()
  if (mutability > 1) inadmissible('malformed: a global that is neither constant nor mutable')
  return { type, isMutable: mutability === 1 }
}

export function readLinkedExports(reader: Reader | undefined): readonly LinkedExport[] {
  if (reader === undefined) return []
  const exports = Array.from({ length: reader.count(BOUNDS.exports, 'exports') }, () => {
    const name = reader.name()
    const kind = reader.byte()
    if (kind > KIND.global) inadmissible('an export that is neither function, table, memory nor global')
    return { name, kind, index: reader.u32() }
  })
  reader.finish('export section')
  return exports
}

/** Writes the imports of a part, numbered; how many there are in all the caller has written. */
export function writeLinkedImports(out: Writer, imports: LinkedImports): void {
  imports.items.forEach((item, position) => {
    out.name(LINK_IMPORT)
    out.name(String(position))
    writeImportType(out, item, imports.types[position] ?? 0)
  })
}

function writeImportType(out: Writer, item: LinkedType, type: number): void {
  out.byte(KIND[item.sort])
  switch (item.sort) {
    case 'function':
      return out.u32(type)
    case 'table':
      out.byte(item.table.type)
      return writeLimits(out, item.table)
    case 'memory':
      return writeLimits(out, item.memory)
    case 'global':
      return writeGlobalType(out, item.global)
  }
}

/** The counts of fuel and of the stack, after the globals that the module imports. */
export function writeCounterImports(out: Writer, module: string, fuel: string, stack: string): void {
  for (const [name, type] of [
    [fuel, VALUE_TYPE.i64],
    [stack, VALUE_TYPE.i32],
  ] as const) {
    out.name(module)
    out.name(name)
    out.byte(KIND.global)
    writeGlobalType(out, { type, isMutable: true })
  }
}

function writeGlobalType(out: Writer, { type, isMutable }: GlobalType): void {
  out.byte(type)
  out.byte(isMutable ? 1 : 0)
}

/** Every export under its number, and the start function under the name the host knows. */
export function writeLinkedExports(
  out: Writer,
  exports: readonly LinkedExport[],
  moved: { readonly functions: number; readonly globals: number },
  start: { readonly name: string; readonly index: number } | undefined,
): void {
  out.u32(exports.length + (start === undefined ? 0 : 1))
  exports.forEach(({ kind, index }, position) => {
    out.name(String(position))
    out.byte(kind)
    out.u32(movedIndex(kind, index, moved))
  })
  if (start === undefined) return
  out.name(start.name)
  out.byte(KIND.function)
  out.u32(movedFunction(start.index, moved.functions))
}

function movedIndex(
  kind: number,
  index: number,
  imported: { readonly functions: number; readonly globals: number },
): number {
  if (kind === KIND.function) return movedFunction(index, imported.functions)
  return kind === KIND.global ? movedGlobal(index, imported.globals) : index
}

/** The index of a global in a part, whose two counters stand between the imported globals and its own. */
export function movedGlobal(index: number, imported: number): number {
  return index < imported ? index : index + 2
}
