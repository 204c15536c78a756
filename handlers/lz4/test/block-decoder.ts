/** An LZ4 block decoder written from the format's description alone, one byte at a time. */
export function decodeBlock(block: Uint8Array): Uint8Array {
  const out: number[] = []
  let at = 0
  const byte = () => {
    const value = block[at++]
    if (value === undefined) throw new RangeError('the block ends too early')
    return value
  }
  const length = (nibble: number) => {
    let total = nibble
    for (let more = nibble === 15 ? 255 : 0; more === 255; total += more) more = byte()
    return total
  }
  for (;;) {
    const token = byte()
    for (let count = length(token >> 4); count > 0; count--) out.push(byte())
    if (at === block.length) {
      if ((token & 15) !== 0) throw new RangeError('a match is announced and not there')
      return Uint8Array.from(out)
    }
    const offset = byte() | (byte() << 8)
    if (offset === 0 || offset > out.length) throw new RangeError('an offset points outside')
    for (let count = length(token & 15) + 4; count > 0; count--) out.push(out[out.length - offset]!)
  }
}

/** XXH32 with seed 0, likewise. */
export function xxh32(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const rotate = (word: number, by: number) => (word << by) | (word >>> (32 - by))
  const [p1, p2, p3, p4, p5] = [0x9e3779b1, 0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f, 0x165667b1] as const
  let at = 0
  let hash: number = p5
  if (bytes.length >= 16) {
    const lanes = [p1 + p2, p2, 0, -p1]
    for (; at + 16 <= bytes.length; at += 16) {
      lanes.forEach((lane, index) => {
        const word = view.getUint32(at + 4 * index, true)
        lanes[index] = Math.imul(rotate(lane + Math.imul(word, p2), 13), p1)
      })
    }
    hash = [1, 7, 12, 18].reduce((sum, by, index) => sum + rotate(lanes[index]!, by), 0)
  }
  hash = (hash + bytes.length) | 0
  for (; at + 4 <= bytes.length; at += 4) {
    hash = Math.imul(rotate(hash + Math.imul(view.getUint32(at, true), p3), 17), p4)
  }
  for (; at < bytes.length; at++) hash = Math.imul(rotate(hash + Math.imul(bytes[at]!, p5), 11), p1)
  hash = Math.imul(hash ^ (hash >>> 15), p2)
  hash = Math.imul(hash ^ (hash >>> 13), p3)
  return (hash ^ (hash >>> 16)) >>> 0
}
