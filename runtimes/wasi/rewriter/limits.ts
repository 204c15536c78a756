/** The minimum and maximum of a memory or table, clamped. */
import { inadmissible } from './inadmissible.ts'
import type { Reader } from './reader.ts'
import type { Writer } from './writer.ts'

export interface Clamped {
  readonly min: number
  readonly max: number
}

const FLAGS: Readonly<Record<number, string>> = {
  2: 'threads',
  3: 'threads',
  4: 'memory64',
  5: 'memory64',
  6: 'threads',
  7: 'threads',
}

/** Reads limits; a missing or larger maximum becomes `max`, a larger minimum is refused. */
export function readLimits(reader: Reader, max: number, what: string): Clamped {
  const flags = reader.byte()
  if (flags > 1) inadmissible(`the ${FLAGS[flags] ?? 'custom page sizes'} proposal is not allowed`)
  const min = reader.u32()
  const stated = flags === 1 ? reader.u32() : max
  if (min > max) inadmissible(`${min} ${what}, ${max} are allowed`)
  if (stated < min) inadmissible(`malformed: a maximum below the minimum`)
  return { min, max: Math.min(stated, max) }
}

/** Writes limits that always state a maximum. */
export function writeLimits(out: Writer, limits: Clamped): void {
  out.byte(1)
  out.u32(limits.min)
  out.u32(limits.max)
}
