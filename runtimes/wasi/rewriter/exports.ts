/** The export section: names are checked, and functions kept; the host holds everything else already. */
import { BOUNDS } from './bounds.ts'
import { inadmissible } from './inadmissible.ts'
import type { Reader } from './reader.ts'
import type { Writer } from './writer.ts'

/** Exports of the host's own. No guest can take these names: `$` is not among the characters of a name. */
export const HOST_EXPORT = { fuel: '$fuel', stack: '$stack', start: '$start' } as const

export interface Exports {
  /** How many the module states, of every kind. */
  readonly count: number
  /** Index of each exported function. */
  readonly functions: ReadonlyMap<string, number>
}

const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.:@#/-]*$/
/** Names that mean something to JavaScript when code elsewhere is careless with them. */
const REFUSED_NAMES = new Set(['__proto__', 'then', 'constructor', 'prototype', 'toString', 'valueOf'])

const KIND_FUNCTION = 0
const KIND_GLOBAL = 3

export function readExports(reader: Reader | undefined): Exports {
  const functions = new Map<string, number>()
  if (reader === undefined) return { count: 0, functions }
  const count = reader.count(BOUNDS.exports, 'exports')
  for (let left = count; left > 0; left -= 1) {
    const name = checkName(reader.name())
    const kind = reader.byte()
    const index = reader.u32()
    if (kind > KIND_GLOBAL) inadmissible(`malformed: export ${name} is of no known kind`)
    if (kind === KIND_FUNCTION) functions.set(name, index)
  }
  reader.finish('export section')
  return { count, functions }
}

function checkName(name: string): string {
  if (NAME.test(name) && !REFUSED_NAMES.has(name)) return name
  return inadmissible(`export ${JSON.stringify(name)} has a name that is not allowed`)
}

/** Writes the functions, the host's globals at `fuelGlobal` and the one after it, and the start function. */
export function writeExports(
  out: Writer,
  exports: Exports,
  fuelGlobal: number,
  start: number | undefined,
): void {
  out.u32(exports.functions.size + (start === undefined ? 2 : 3))
  for (const [name, index] of exports.functions) writeExport(out, name, KIND_FUNCTION, index)
  writeExport(out, HOST_EXPORT.fuel, KIND_GLOBAL, fuelGlobal)
  writeExport(out, HOST_EXPORT.stack, KIND_GLOBAL, fuelGlobal + 1)
  if (start !== undefined) writeExport(out, HOST_EXPORT.start, KIND_FUNCTION, start)
}

function writeExport(out: Writer, name: string, kind: number, index: number): void {
  out.name(name)
  out.byte(kind)
  out.u32(index)
}
