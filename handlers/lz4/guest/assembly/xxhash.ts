// XXH32 with seed 0, the checksum that LZ4's own frames use.

const P1: u32 = 2654435761
const P2: u32 = 2246822519
const P3: u32 = 3266489917
const P4: u32 = 668265263
const P5: u32 = 374761393

export function xxh32(start: u32, length: u32): u32 {
  const end = start + length
  let at = start
  let hash = P5
  if (length >= 16) {
    let a = P1 + P2
    let b = P2
    let c: u32 = 0
    let d: u32 = 0 - P1
    for (const last = end - 16; at <= last; at += 16) {
      a = round(a, load<u32>(at))
      b = round(b, load<u32>(at, 4))
      c = round(c, load<u32>(at, 8))
      d = round(d, load<u32>(at, 12))
    }
    hash = rotl(a, 1) + rotl(b, 7) + rotl(c, 12) + rotl(d, 18)
  }
  hash += length
  for (; at + 4 <= end; at += 4) hash = rotl(hash + load<u32>(at) * P3, 17) * P4
  for (; at < end; at++) hash = rotl(hash + <u32>load<u8>(at) * P5, 11) * P1
  return avalanche(hash)
}

// @ts-ignore: decorator
@inline
function round(lane: u32, word: u32): u32 {
  return rotl(lane + word * P2, 13) * P1
}

function avalanche(hash: u32): u32 {
  hash = (hash ^ (hash >>> 15)) * P2
  hash = (hash ^ (hash >>> 13)) * P3
  return hash ^ (hash >>> 16)
}
