/** The globals of a module. Two of the host follow them: what is left of the fuel, and of the stack. */
import { BOUNDS } from './bounds.ts'
import { skipConstantExpression } from './constant-expression.ts'
import { signedLeb } from './fold-constants.ts'
import { readGlobalType } from './linked.ts'
import { copyMoved } from './refill.ts'
import { VALUE_TYPE } from './value-types.ts'
import type { GlobalType } from './linked.ts'
import type { Reader } from './reader.ts'
import type { Writer } from './writer.ts'

const I32_CONST = 0x41

export interface Globals {
  readonly count: number
  readonly types: readonly GlobalType[]
  /** Their declarations, without the count. */
  readonly declarations: { readonly reader: Reader; readonly start: number } | undefined
}

/** `imported` counts the globals of a part of a component that other parts define. */
export function readGlobals(reader: Reader | undefined, imported = 0): Globals {
  if (reader === undefined) return { count: 0, types: [], declarations: undefined }
  const count = reader.count(BOUNDS.globals, 'globals')
  const start = reader.at
  const types = Array.from({ length: count }, () => {
    const type = readGlobalType(reader)
    const constant = type.isMutable || type.type !== VALUE_TYPE.i32 ? undefined : readConstant(reader)
    skipConstantExpression(reader, imported)
    return constant === undefined ? type : { ...type, constant }
  })
  reader.finish('global section')
  return { count, types, declarations: { reader, start } }
}

/** The value of a global that is one plain number; the reader stays where it is. */
function readConstant(reader: Reader): number | undefined {
  const ahead = reader.again()
  return ahead.byte() === I32_CONST ? signedLeb(ahead) : undefined
}

/** Writes the globals, then the fuel (i64, set by the host for each call) and the stack (i32). */
export function writeGlobals(out: Writer, globals: Globals, imported: number, stackUnits: number): void {
  out.u32(globals.count + 2)
  copyGlobals(out, globals, imported)
  out.all([VALUE_TYPE.i64, 1, 0x42, 0, 0x0b])
  out.all([VALUE_TYPE.i32, 1, 0x41])
  out.s32(stackUnits)
  out.byte(0x0b)
}

/** Writes the globals alone: a part of a component imports its counters. */
export function writeOwnGlobals(out: Writer, globals: Globals, imported: number): void {
  out.u32(globals.count)
  copyGlobals(out, globals, imported)
}

function copyGlobals(out: Writer, { declarations }: Globals, imported: number): void {
  if (declarations !== undefined) copyMoved(out, declarations.reader, declarations.start, imported)
}
