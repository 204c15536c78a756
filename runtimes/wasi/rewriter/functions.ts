/** The function section: the type of each function that the module defines. */
import { BOUNDS } from './bounds.ts'
import { inadmissible } from './inadmissible.ts'
import type { Reader } from './reader.ts'
import type { Signature } from './value-types.ts'

export function readFunctions(
  reader: Reader | undefined,
  types: readonly Signature[],
  imported: number,
): readonly number[] {
  if (reader === undefined) return []
  const count = reader.count(BOUNDS.functions - imported, 'functions')
  const functions = Array.from({ length: count }, () => reader.u32())
  reader.finish('function section')
  if (functions.some((type) => type >= types.length)) inadmissible('malformed: a function without a type')
  return functions
}
