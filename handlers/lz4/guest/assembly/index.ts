// The reactor's exports, and the frame around an LZ4 block:
//
//   frame = "PGZ1", kind (1 byte), three zero bytes, size (u32 LE), checksum (u32 LE), content
//   kind  = 0: content is the original itself | 1: content is one LZ4 block
//   size and checksum (XXH32, seed 0) are those of the original.
// `compress` writes kind 1 only where that is shorter, so a frame is at most 16 bytes longer than its original.

import { isInside, take } from './memory'
import { NO_MEMORY as PACK_NO_MEMORY, pack, TOO_LONG } from './pack'
import { unpack } from './unpack'
import { xxh32 } from './xxhash'

const MAGIC: u32 = 0x315a4750
const HEADER: u32 = 16
const STORED: u32 = 0
const BLOCK: u32 = 1
/** Keeps original, frame and hash table together under the 18 MiB this module may have. */
const ORIGINAL_BYTES_MAX: u32 = 8 << 20
/** No byte of a block stands for more. */
const EXPANSION_MAX: u32 = 255

// Codes are for ever; descriptor.ts names them.
const TOO_LARGE: i64 = -1
const TRUNCATED: i64 = -2
const NOT_A_FRAME: i64 = -3
const BAD_SIZE: i64 = -4
const CORRUPT: i64 = -5
const BAD_CHECKSUM: i64 = -6
const NO_MEMORY: i64 = -7
const OUT_OF_RANGE: i64 = -8

/** Room for an input; 0 when there is none. */
export function alloc(len: i32): i32 {
  return len < 0 ? 0 : take(len)
}

export function compress(ptr: i32, len: i32): i64 {
  const length = <u32>len
  if (!isInside(ptr, length)) return OUT_OF_RANGE
  if (length > ORIGINAL_BYTES_MAX) return TOO_LARGE
  const frame = take(HEADER + length)
  if (frame == 0) return NO_MEMORY
  const content = frame + HEADER
  // A block as long as the original gains nothing.
  let packed = length == 0 ? TOO_LONG : pack(ptr, length, content, length - 1)
  if (packed == PACK_NO_MEMORY) return NO_MEMORY
  const kind = packed == TOO_LONG ? STORED : BLOCK
  if (kind == STORED) {
    memory.copy(content, ptr, length)
    packed = length
  }
  store<u32>(frame, MAGIC)
  store<u32>(frame, kind, 4)
  store<u32>(frame, length, 8)
  store<u32>(frame, xxh32(ptr, length), 12)
  return answer(frame, HEADER + packed)
}

export function decompress(ptr: i32, len: i32): i64 {
  const frame = <u32>ptr
  const length = <u32>len
  if (!isInside(frame, length)) return OUT_OF_RANGE
  if (length < HEADER) return TRUNCATED
  const kind = load<u32>(frame, 4)
  if (load<u32>(frame) != MAGIC || kind > BLOCK) return NOT_A_FRAME
  const size = load<u32>(frame, 8)
  const content = frame + HEADER
  const held = length - HEADER
  if (size > ORIGINAL_BYTES_MAX) return TOO_LARGE
  if (kind == STORED ? size != held : <u64>size > <u64>held * EXPANSION_MAX) return BAD_SIZE
  const original = take(size)
  if (original == 0) return NO_MEMORY
  if (kind == STORED) memory.copy(original, content, size)
  else if (!unpack(content, held, original, size)) return CORRUPT
  if (xxh32(original, size) != load<u32>(frame, 12)) return BAD_CHECKSUM
  return answer(original, size)
}

/** Pointer in the high half, length in the low half. */
function answer(ptr: u32, length: u32): i64 {
  return (<i64>ptr << 32) | <i64>length
}
