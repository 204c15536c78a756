/** Lists in the memory of a guest, bounded before they are looked at. */
import { Halt } from '../halt.ts'
import { HOST_LIMITS } from './limits.ts'
import type { Guest } from '../guest.ts'

const ADDRESS_BYTES = 4
const ITEM_BYTES = 2 * ADDRESS_BYTES

/** Byte strings, each by its address and its length. */
export function readList(guest: Guest, at: number, count: number): Uint8Array[] {
  const items = table(guest, at, count, ITEM_BYTES)
  return Array.from({ length: count >>> 0 }, (_, index) => {
    const item = index * ITEM_BYTES
    return guest.slice(items.getUint32(item, true), items.getUint32(item + ADDRESS_BYTES, true))
  })
}

/** Numbers of 4 bytes, as the bytes they are. */
export function readNumbers(guest: Guest, at: number, count: number): Uint8Array[] {
  table(guest, at, count, ADDRESS_BYTES)
  return Array.from({ length: count >>> 0 }, (_, index) =>
    guest.slice((at >>> 0) + index * ADDRESS_BYTES, ADDRESS_BYTES),
  )
}

function table(guest: Guest, at: number, count: number, itemBytes: number): DataView {
  if (count >>> 0 > HOST_LIMITS.listItems)
    throw new Halt('TRAP', `a list of ${count >>> 0} items, ${HOST_LIMITS.listItems} are allowed`)
  const items = guest.slice(at, (count >>> 0) * itemBytes)
  return new DataView(items.buffer, items.byteOffset, items.length)
}
