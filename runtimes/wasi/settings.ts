/**
 * What of a descriptor matters here, read once: descriptors are the same objects call after call. The profile
 * block names everything that results and fuel depend on besides the code itself (WIRE 24).
 */
import { refuse } from '../../kernel/index.ts'
import { encodeDagCbor } from '../../promisebase/index.ts'
import { BOUNDS } from './rewriter/bounds.ts'
import { FUEL_TABLE_VERSION, PAGE_BYTES } from './rewriter/fuel.ts'
import { REWRITER_VERSION } from './rewriter/rewrite.ts'
import { STACK } from './rewriter/stack.ts'
import type { Descriptor, Result } from '../../kernel/index.ts'

export interface Settings {
  readonly entry: 'command' | 'reactor' | 'component'
  /** Pages of memory at most. */
  readonly pagesMax: number
  /** What a command finds as its first argument. */
  readonly programName: string
  /** Names the prepared module: the same code under another clamp is another module. */
  readonly key: string
}

/** A command of no name of its own. */
const PROGRAM_NAME = 'handler'

/** Memory of a handler: what its descriptor asks for, within what this host gives. */
export function pagesOf(descriptor: Descriptor, hostBytes: number): number {
  const bytes = Math.min(descriptor.limits.memoryBytes ?? hostBytes, hostBytes)
  return Math.min(Math.floor(bytes / PAGE_BYTES), BOUNDS.pages)
}

export function readSettings(descriptor: Descriptor, hostBytes: number): Result<Settings> {
  const { entry, imports, name } = descriptor
  if (entry !== 'command' && entry !== 'reactor' && entry !== 'component') {
    return refuse('ADMIT', `entry ${JSON.stringify(entry)} is neither command nor reactor nor component`)
  }
  if (imports.length > 0) return refuse('ADMIT', `no host function ${JSON.stringify(imports[0])} is offered`)
  if ([name, ...descriptor.methods].some((text) => text?.includes('\0'))) {
    return refuse('ADMIT', 'a name with a zero byte cannot be an argument of a program')
  }
  const pagesMax = pagesOf(descriptor, hostBytes)
  const key = `${descriptor.code.toString()}/${pagesMax}`
  return { ok: { entry, pagesMax, programName: name ?? PROGRAM_NAME, key } }
}

/** The profile of a handler that may have this many pages; a component names its version besides. */
export function profileBlock(pagesMax: number, component?: number): Uint8Array {
  return encodeDagCbor({
    ...(component === undefined ? {} : { component }),
    runtime: 'wasi',
    rewriter: REWRITER_VERSION,
    fuelTable: FUEL_TABLE_VERSION,
    memoryPages: pagesMax,
    tableElements: BOUNDS.tableElements,
    stackUnits: STACK.units,
    nan: 'canonical',
    clock: 'zero',
    random: 'promisegrid:wasi/random/1',
  })
}
