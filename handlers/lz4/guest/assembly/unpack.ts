// LZ4 block format, reading what a stranger wrote: every length and offset is checked before it is used, and
// each turn of a loop takes a byte of the input, so the work is bounded by input plus output.

const MATCH_MIN: u32 = 4
/** Below this a loop beats the engine's bulk copy. */
const SHORT: u32 = 24

/** Set by `readMore`: where reading goes on. */
let next: u32 = 0

/** Fills exactly `size` bytes at `to` from the block; false when the block says anything else. */
export function unpack(from: u32, length: u32, to: u32, size: u32): bool {
  const end = from + length
  const limit = to + size
  let at = from
  let out = to
  while (at < end) {
    const token = <u32>load<u8>(at++)
    let count = token >>> 4
    if (count == 15) {
      count = readMore(at, end, limit - out)
      at = next
    }
    if (count > end - at || count > limit - out) return false
    copyLiterals(out, at, count)
    at += count
    out += count
    if (at == end) return (token & 15) == 0 && out == limit
    if (end - at < 2) return false
    const offset = <u32>load<u16>(at)
    at += 2
    count = token & 15
    if (count == 15) {
      count = readMore(at, end, limit - out)
      at = next
    }
    count += MATCH_MIN
    if (offset == 0 || offset > out - to || count > limit - out) return false
    copyMatch(out, offset, count)
    out += count
  }
  // An empty block, or one that ends with a match: the format ends with literals.
  return false
}

/** A length of 15 and more. Past `most` it stops adding: the caller refuses it, and nothing can wrap. */
function readMore(at: u32, end: u32, most: u32): u32 {
  let length: u32 = 15
  while (at < end) {
    const byte = <u32>load<u8>(at++)
    length += byte
    if (byte != 255 || length > most) {
      next = at
      return length
    }
  }
  // The input ended inside a length: longer than any room there is.
  next = at
  return 0x7fffffff
}

// @ts-ignore: decorator
@inline
function copyLiterals(to: u32, from: u32, count: u32): void {
  if (count > SHORT) memory.copy(to, from, count)
  else for (let i: u32 = 0; i < count; i++) store<u8>(to + i, load<u8>(from + i))
}

/** Copies `count` bytes from `offset` before `to`; they may overlap, then what is copied repeats. */
function copyMatch(to: u32, offset: u32, count: u32): void {
  const from = to - offset
  if (count <= SHORT) {
    for (let i: u32 = 0; i < count; i++) store<u8>(to + i, load<u8>(from + i))
    return
  }
  // From the fixed start, what may be copied at once doubles each time.
  for (let done: u32 = 0; done < count; ) {
    const part = min<u32>(offset + done, count - done)
    memory.copy(to + done, from, part)
    done += part
  }
}
