/** Limits as a host wants them, never above those of the specification. */
import { LIMITS } from './limits.ts'
import type { Limits } from './limits.ts'

/** A host may lower the limits; nothing raises them. */
export function lowered(wanted: Partial<Limits>): Limits {
  const names = Object.keys(LIMITS) as (keyof Limits)[]
  for (const name of Object.keys(wanted))
    if (!Object.hasOwn(LIMITS, name)) throw new RangeError(`limits.${name} is not a limit`)
  const limits = names.map((name): [string, number] => [
    name,
    Math.min(LIMITS[name], checked(name, wanted[name] ?? LIMITS[name])),
  ])
  return Object.fromEntries(limits) as Limits
}

function checked(name: string, value: number): number {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`limits.${name} must be a whole number`)
  return value
}
