/** The tables of a module, each with a maximum: an unbounded one can abort the whole process. */
import { BOUNDS } from './bounds.ts'
import { inadmissible } from './inadmissible.ts'
import { readLimits, writeLimits } from './limits.ts'
import { readReferenceType } from './value-types.ts'
import type { Clamped } from './limits.ts'
import type { Reader } from './reader.ts'
import type { ValueType } from './value-types.ts'
import type { Writer } from './writer.ts'

export interface Table extends Clamped {
  readonly type: ValueType
}

export function readTables(reader: Reader | undefined): readonly Table[] {
  if (reader === undefined) return []
  const tables = Array.from({ length: reader.count(BOUNDS.tables, 'tables') }, () => readTable(reader))
  reader.finish('table section')
  return tables
}

export function readTable(reader: Reader): Table {
  if (reader.bytes[reader.at] === 0x40) inadmissible('the typed function references proposal is not allowed')
  const type = readReferenceType(reader)
  return { type, ...readLimits(reader, BOUNDS.tableElements, 'table elements at least') }
}

export function writeTables(out: Writer, tables: readonly Table[]): void {
  out.u32(tables.length)
  for (const table of tables) {
    out.byte(table.type)
    writeLimits(out, table)
  }
}
