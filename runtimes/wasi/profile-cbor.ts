/** Deterministic CBOR of a flat map of short texts and numbers: as much as a profile block needs. */
const utf8 = new TextEncoder()

export function encodeCbor(map: Readonly<Record<string, string | number>>): Uint8Array {
  const entries = Object.entries(map).map(([key, value]) => [encodeText(key), encodeValue(value)] as const)
  entries.sort(([a], [b]) => compareBytes(a, b))
  return Uint8Array.from([
    ...head(5, entries.length),
    ...entries.flatMap(([key, value]) => [...key, ...value]),
  ])
}

function encodeValue(value: string | number): readonly number[] {
  return typeof value === 'string' ? encodeText(value) : head(0, value)
}

function encodeText(text: string): readonly number[] {
  const bytes = utf8.encode(text)
  return [...head(3, bytes.length), ...bytes]
}

function head(major: number, value: number): readonly number[] {
  if (value < 24) return [(major << 5) | value]
  if (value < 2 ** 8) return [(major << 5) | 24, value]
  if (value < 2 ** 16) return [(major << 5) | 25, value >> 8, value & 0xff]
  return [(major << 5) | 26, value >>> 24, (value >> 16) & 0xff, (value >> 8) & 0xff, value & 0xff]
}

function compareBytes(a: readonly number[], b: readonly number[]): number {
  const differing = a.findIndex((byte, index) => byte !== b[index])
  return differing < 0 ? a.length - b.length : (a[differing] ?? 0) - (b[differing] ?? -1)
}
