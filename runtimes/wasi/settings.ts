/**
 * What of a descriptor matters here, read once: descriptors are the same objects call after call. The profile
 * block names everything that results and fuel depend on besides the code itself (WIRE 24).
 */
import { refuse } from '../../kernel/index.ts'
import { encodeDagCbor } from '../../promisebase/index.ts'
import { COMPONENT_VERSION } from './component/bounds.ts'
import { checkGroups } from './host/groups.ts'
import { BOUNDS } from './rewriter/bounds.ts'
import { FUEL_TABLE_VERSION, PAGE_BYTES } from './rewriter/fuel.ts'
import { REWRITER_VERSION } from './rewriter/rewrite.ts'
import { STACK } from './rewriter/stack.ts'
import type { Descriptor, Result } from '../../kernel/index.ts'

/** How code is entered: spec/handler-abi.md, spec/preview1.md for a program, spec/component.md for a component. */
const ENTRIES = ['command', 'component', 'program', 'reactor'] as const
export type Entry = (typeof ENTRIES)[number]

/** Whether code can be entered here in this way. */
export function isEntry(name: string): name is Entry {
  return ENTRIES.some((entry) => entry === name)
}

export interface Settings {
  readonly entry: Entry
  /** Pages of memory at most. */
  readonly pagesMax: number
  /** What a command or program finds as its first argument. */
  readonly programName: string
  /** CID of the code, as text. */
  readonly code: string
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
  const { entry, imports, name, pure } = descriptor
  if (!isEntry(entry))
    return refuse('ADMIT', `entry ${JSON.stringify(entry)} is none of ${ENTRIES.join(', ')}`)
  const groups = checkGroups({ imports, pure })
  if (groups.refused !== undefined) return groups
  if ([name, ...descriptor.methods].some((text) => text?.includes('\0'))) {
    return refuse('ADMIT', 'a name with a zero byte cannot be an argument of a program')
  }
  const pagesMax = pagesOf(descriptor, hostBytes)
  const code = descriptor.code.toString()
  const key = `${code}/${pagesMax}`
  return { ok: { entry, pagesMax, programName: name ?? PROGRAM_NAME, code, key } }
}

/** Raised with every change of what a program meets of files, clocks and bounds (spec/preview1.md). */
const PROGRAM_VERSION = 2

/** What a profile says besides by which rules this entry runs. */
const RULES: Readonly<Partial<Record<Entry, object>>> = {
  program: { program: PROGRAM_VERSION },
  component: { component: COMPONENT_VERSION },
}

/** The profile of a handler that may have this many pages. */
export function profileBlock(pagesMax: number, entry: Entry): Uint8Array {
  return encodeDagCbor({
    ...RULES[entry],
    runtime: 'wasi',
    rewriter: REWRITER_VERSION,
    fuelTable: FUEL_TABLE_VERSION,
    memoryPages: pagesMax,
    tableElements: BOUNDS.tableElements,
    stackUnits: STACK.units,
    nan: 'canonical',
    clock: entry === 'program' ? 'waits' : 'zero',
    random: 'promisegrid:wasi/random/1',
  })
}
