/** The one memory of a module. It is handed in by the host, zeroed, so that memories can be used again. */
import { inadmissible } from './inadmissible.ts'
import { readLimits, writeLimits } from './limits.ts'
import type { Clamped } from './limits.ts'
import type { Reader } from './reader.ts'
import type { Writer } from './writer.ts'

/**
 * Where the host hands in the memory. A guest cannot import from here: its imports come from the list the
 * host offers, and no host offers a module of this name.
 */
export const MEMORY_IMPORT = { module: '$', name: 'memory' } as const

const KIND_MEMORY = 2

export function readMemory(reader: Reader | undefined, pagesMax: number): Clamped {
  const count = reader?.u32() ?? 0
  if (reader === undefined || count === 0)
    return inadmissible('the module has no memory to pass bytes through')
  if (count > 1) inadmissible('the multi-memory proposal is not allowed')
  const limits = readLimits(reader, pagesMax, 'pages of memory at least')
  reader.finish('memory section')
  return limits
}

export function writeMemoryImport(out: Writer, limits: Clamped): void {
  out.name(MEMORY_IMPORT.module)
  out.name(MEMORY_IMPORT.name)
  out.byte(KIND_MEMORY)
  writeLimits(out, limits)
}
