/** Lists in a question are as short for components as for core modules. */
import { Halt } from '../../halt.ts'
import { HOST_LIMITS } from '../../host/limits.ts'
import type { Value } from '../types/value.ts'

export function boundedList(value: Value | undefined): readonly Value[] {
  const items = value as readonly Value[]
  if (items.length > HOST_LIMITS.listItems)
    throw new Halt('TRAP', `a list of ${items.length} items, ${HOST_LIMITS.listItems} are allowed`)
  return items
}
