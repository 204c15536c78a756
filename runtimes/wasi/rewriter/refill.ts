/**
 * The function by which a guest asks its host for more fuel: imported after the imports of the module, so that
 * the functions which the module defines move up by one. Every index of a function is written anew by this;
 * none of them can mean the function in between.
 */
import type { Reader } from './reader.ts'
import type { Writer } from './writer.ts'

/** Where the host hands in the function, beside the memory. */
export const REFILL_IMPORT = { module: '$', name: 'refill' } as const

const FUNCTION_TYPE = 0x60
const KIND_FUNCTION = 0

/** The index of a function after the rewriting, in a module that imports so many. */
export function movedFunction(index: number, imported: number): number {
  return index < imported ? index : index + 1
}

/** The types of the module, and that of the function: neither parameters nor results. */
export function writeTypes(out: Writer, original: Reader | undefined): void {
  out.u32((original?.u32() ?? 0) + 1)
  if (original !== undefined) out.copy(original.bytes, original.at, original.end)
  out.all([FUNCTION_TYPE, 0, 0])
}

/** The import, of the type that {@link writeTypes} puts after those of the module. */
export function writeRefillImport(out: Writer, type: number): void {
  out.name(REFILL_IMPORT.module)
  out.name(REFILL_IMPORT.name)
  out.byte(KIND_FUNCTION)
  out.u32(type)
}

/** Copies from `start` what `reader` has read, with the indices of functions that it came across moved. */
export function copyMoved(out: Writer, reader: Reader, start: number, imported: number): void {
  let copied = start
  for (const { at, end, index } of reader.functionIndices) {
    out.copy(reader.bytes, copied, at)
    out.u32(movedFunction(index, imported))
    copied = end
  }
  out.copy(reader.bytes, copied, reader.at)
}
