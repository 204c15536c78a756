/** What a transaction asks its commit to survive (spec/promisebase.md, section 7). */
import type { TransactOptions } from './interface.ts'

/** Whether it is to be on the disk before it is answered. @throws {TypeError} for a level that is none, or two of them */
export function isFlushed({ durability, durable }: Pick<TransactOptions, 'durability' | 'durable'>): boolean {
  if (durability === undefined) return durable ?? true
  if (durability !== 'flushed' && durability !== 'buffered')
    throw new TypeError('durability must be flushed or buffered')
  const flushed = durability === 'flushed'
  if (durable !== undefined && durable !== flushed) throw new TypeError('durable and durability contradict')
  return flushed
}
