/** What a part of a component takes and gives, without its code. */
import { refuse } from '../../../kernel/index.ts'
import { BOUNDS } from './bounds.ts'
import { Inadmissible, inadmissible } from './inadmissible.ts'
import { KIND } from './linked.ts'
import { readParts } from './parts.ts'
import { splitSections } from './sections.ts'
import type { Result } from '../../../kernel/index.ts'
import type { Clamped } from './limits.ts'
import type { LinkedImport, LinkedType } from './linked.ts'
import type { Parts, RewritePolicy } from './parts.ts'

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
