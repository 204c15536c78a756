/** What views say was signed: an array of slots as they were received, with or without the tag in front. */
import { CborTagged, encodeCbor, GRID_TAG, GRID_TAG_BYTES } from '../../promisebase/index.ts'

const TAG = encodeCbor(new CborTagged(GRID_TAG, [])).subarray(0, GRID_TAG_BYTES)
const NOTHING = new Uint8Array(0)
/** An array of fewer has a head of one byte. */
const SHORT = 24

/** `[slot, …]`. @throws {RangeError} for too many */
export function untaggedSlots(slots: readonly Uint8Array[]): Uint8Array {
  return arrayOf(NOTHING, slots)
}

/** `1735551332([slot, …])`. @throws {RangeError} for too many */
export function taggedSlots(slots: readonly Uint8Array[]): Uint8Array {
  return arrayOf(TAG, slots)
}

/** Whether so many slots can be joined here. */
export function isShort(slots: readonly Uint8Array[]): boolean {
  return slots.length < SHORT
}

function arrayOf(tag: Uint8Array, slots: readonly Uint8Array[]): Uint8Array {
  if (!isShort(slots)) throw new RangeError(`slots must be fewer than ${SHORT}`)
  const joined = new Uint8Array(slots.reduce((sum, slot) => sum + slot.length, tag.length + 1))
  joined.set(tag)
  joined[tag.length] = 0x80 + slots.length
  let at = tag.length + 1
  for (const slot of slots) {
    joined.set(slot, at)
    at += slot.length
  }
  return joined
}
