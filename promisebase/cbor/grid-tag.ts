/** How a grid envelope begins: `da 67726964` is tag 1735551332, whose four bytes read "grid" in ASCII. */

export const GRID_TAG = 1735551332

/** Bytes of the head of the tag; the array follows. */
export const GRID_TAG_BYTES = 5

/** Whether deterministic CBOR is the tag over an array whose first element is a link. For scanned bytes. */
export function isGridEnvelope(bytes: Uint8Array): boolean {
  if (!hasGridTag(bytes)) return false
  const array = bytes[GRID_TAG_BYTES] ?? 0
  const first = GRID_TAG_BYTES + headBytes(array)
  return array >> 5 === 4 && array !== EMPTY_ARRAY && bytes[first] === 0xd8 && bytes[first + 1] === 42
}

/** Whether the first bytes are those of the tag: enough to choose a reader, not to trust what follows. */
export function hasGridTag(bytes: Uint8Array): boolean {
  return TAG_HEAD.every((byte, index) => bytes[index] === byte)
}

const TAG_HEAD = [0xda, 0x67, 0x72, 0x69, 0x64]
const EMPTY_ARRAY = 0x80

function headBytes(initial: number): number {
  const info = initial & 0x1f
  return info < 24 ? 1 : 1 + (1 << (info - 24))
}
