/** The globals of a module. Two of the host follow them: what is left of the fuel, and of the stack. */
import { BOUNDS } from './bounds.ts'
import { skipConstantExpression } from './constant-expression.ts'
import { inadmissible } from './inadmissible.ts'
import { copyMoved } from './refill.ts'
import { readValueType, VALUE_TYPE } from './value-types.ts'
import type { Reader } from './reader.ts'
import type { Writer } from './writer.ts'

export interface Globals {
  readonly count: number
  /** Their declarations, without the count. */
  readonly declarations: { readonly reader: Reader; readonly start: number } | undefined
}

export function readGlobals(reader: Reader | undefined): Globals {
  if (reader === undefined) return { count: 0, declarations: undefined }
  const count = reader.count(BOUNDS.globals, 'globals')
  const start = reader.at
  for (let left = count; left > 0; left -= 1) skipGlobal(reader)
  reader.finish('global section')
  return { count, declarations: { reader, start } }
}

function skipGlobal(reader: Reader): void {
  readValueType(reader)
  if (reader.byte() > 1) inadmissible('malformed: a global that is neither constant nor mutable')
  skipConstantExpression(reader)
}

/** Writes the globals, then the fuel (i64, set by the host for each call) and the stack (i32). */
export function writeGlobals(out: Writer, globals: Globals, imported: number, stackUnits: number): void {
  out.u32(globals.count + 2)
  const kept = globals.declarations
  if (kept !== undefined) copyMoved(out, kept.reader, kept.start, imported)
  out.all([VALUE_TYPE.i64, 1, 0x42, 0, 0x0b])
  out.all([VALUE_TYPE.i32, 1, 0x41])
  out.s32(stackUnits)
  out.byte(0x0b)
}
