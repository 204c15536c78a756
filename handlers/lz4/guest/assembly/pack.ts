// LZ4 block format, writing: greedy, one candidate per hash of four bytes.
//
//   sequence = token, [more literal length], literals, offset (2 bytes LE), [more match length]
//   token    = literal length (high half) and match length - 4 (low half); 15 means that more bytes follow,
//              each added, the first below 255 being the last
// The last sequence ends after its literals. By the format the last five bytes are literals, and no match
// begins in the last twelve.

import { take } from './memory'

const HASH_BITS = 14
const MATCH_MIN: u32 = 4
const OFFSET_MAX: u32 = 0xffff
const LAST_LITERALS: u32 = 5
const LAST_MATCH: u32 = 12
/** After 2^SKIP misses the steps grow: bytes that do not repeat are passed over quickly. */
const SKIP: u32 = 6

/** What `pack` answers instead of a length. */
export const TOO_LONG: u32 = 0xffffffff
export const NO_MEMORY: u32 = 0xfffffffe

/** Packs into `to`; TOO_LONG as soon as `room` bytes would not do. */
export function pack(from: u32, length: u32, to: u32, room: u32): u32 {
  const table = take(4 << HASH_BITS)
  if (table == 0) return NO_MEMORY
  memory.fill(table, 0, 4 << HASH_BITS)
  const end = from + length
  const limit = to + room
  const copyLimit = end - LAST_LITERALS
  let out = to
  let anchor = from
  let at = from
  let misses: u32 = 1 << SKIP
  if (length > LAST_MATCH) {
    const matchLimit = end - LAST_MATCH
    while (at < matchLimit) {
      const candidate = exchange(table, at, from)
      if (candidate >= at || at - candidate > OFFSET_MAX || load<u32>(candidate) != load<u32>(at)) {
        at += misses++ >>> SKIP
        continue
      }
      const back = backwards(candidate, at, from, anchor)
      const start = at - back
      const matched = back + MATCH_MIN + equalBytes(candidate + MATCH_MIN, at + MATCH_MIN, copyLimit)
      out = putSequence(anchor, start - anchor, at - candidate, matched, out, limit)
      if (out == 0) return TOO_LONG
      at = anchor = start + matched
      // One position inside the match is enough to find it again.
      if (at < matchLimit) exchange(table, at - 2, from)
      misses = 1 << SKIP
    }
  }
  out = putSequence(anchor, end - anchor, 0, 0, out, limit)
  return out == 0 ? TOO_LONG : out - to
}

/** Notes this position under its hash and returns the one noted before; the position itself if none was. */
// @ts-ignore: decorator
@inline
function exchange(table: u32, at: u32, from: u32): u32 {
  const slot = table + (((load<u32>(at) * 2654435761) >>> (32 - HASH_BITS)) << 2)
  const noted = load<u32>(slot)
  store<u32>(slot, at - from + 1)
  return noted == 0 ? at : from + noted - 1
}

/** How many bytes before both positions are equal too, not yet written as literals. */
function backwards(candidate: u32, at: u32, from: u32, anchor: u32): u32 {
  let back: u32 = 0
  while (at - back > anchor && candidate - back > from) {
    if (load<u8>(at - back - 1) != load<u8>(candidate - back - 1)) break
    back++
  }
  return back
}

function equalBytes(left: u32, right: u32, end: u32): u32 {
  const start = right
  while (right + 8 <= end) {
    const difference = load<u64>(left) ^ load<u64>(right)
    if (difference != 0) return right - start + (<u32>ctz(difference) >>> 3)
    left += 8
    right += 8
  }
  while (right < end && load<u8>(left) == load<u8>(right)) {
    left++
    right++
  }
  return right - start
}

/** Writes one sequence; without a match (0) it is the last one. Returns where it ends, 0 when it does not fit. */
function putSequence(literals: u32, count: u32, offset: u32, matched: u32, out: u32, limit: u32): u32 {
  const more: u32 = matched == 0 ? <u32>0 : matched - MATCH_MIN
  const needed: u32 = count + 1 + moreBytes(count) + (matched == 0 ? <u32>0 : 2 + moreBytes(more))
  if (needed > limit - out) return 0
  store<u8>(out++, (min<u32>(count, 15) << 4) | min<u32>(more, 15))
  out = putMore(count, out)
  memory.copy(out, literals, count)
  out += count
  if (matched == 0) return out
  store<u16>(out, <u16>offset)
  return putMore(more, out + 2)
}

// @ts-ignore: decorator
@inline
function moreBytes(length: u32): u32 {
  return length < 15 ? <u32>0 : (length - 15) / 255 + 1
}

function putMore(length: u32, out: u32): u32 {
  if (length < 15) return out
  let rest = length - 15
  for (; rest >= 255; rest -= 255) store<u8>(out++, 255)
  store<u8>(out, <u8>rest)
  return out + 1
}
