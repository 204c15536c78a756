/** The instructions behind the prefix 0xfd: fixed-width SIMD, without the relaxed ones. */
import { inadmissible } from './inadmissible.ts'

/** What stands after a vector opcode. */
export const AFTER_VECTOR = {
  refused: 0,
  nothing: 1,
  memoryArgument: 2,
  bytes16: 3,
  lane: 4,
  memoryArgumentAndLane: 5,
} as const

type Row = readonly [first: number, last: number, after: keyof typeof AFTER_VECTOR, change: number]

const ROWS: readonly Row[] = [
  [0x00, 0x0a, 'memoryArgument', 0], // loads
  [0x0b, 0x0b, 'memoryArgument', -2], // v128.store
  [0x0c, 0x0c, 'bytes16', 1], // v128.const
  [0x0d, 0x0d, 'bytes16', -1], // i8x16.shuffle
  [0x0e, 0x0e, 'nothing', -1], // i8x16.swizzle
  [0x0f, 0x14, 'nothing', 0], // splats
  [0x15, 0x22, 'lane', 0], // extract_lane; replace_lane below
  [0x17, 0x17, 'lane', -1],
  [0x1a, 0x1a, 'lane', -1],
  [0x1c, 0x1c, 'lane', -1],
  [0x1e, 0x1e, 'lane', -1],
  [0x20, 0x20, 'lane', -1],
  [0x22, 0x22, 'lane', -1],
  [0x23, 0x4c, 'nothing', -1], // comparisons
  [0x4d, 0x4d, 'nothing', 0], // v128.not
  [0x4e, 0x51, 'nothing', -1],
  [0x52, 0x52, 'nothing', -2], // v128.bitselect
  [0x53, 0x53, 'nothing', 0], // v128.any_true
  [0x54, 0x57, 'memoryArgumentAndLane', -1], // load_lane
  [0x58, 0x5b, 'memoryArgumentAndLane', -2], // store_lane
  [0x5c, 0x5d, 'memoryArgument', 0], // load_zero
  [0x5e, 0x5f, 'nothing', 0], // demote, promote
  // i8x16, with f32x4 and f64x2 rounding in between
  [0x60, 0x64, 'nothing', 0],
  [0x65, 0x66, 'nothing', -1],
  [0x67, 0x6a, 'nothing', 0],
  [0x6b, 0x73, 'nothing', -1],
  [0x74, 0x75, 'nothing', 0],
  [0x76, 0x79, 'nothing', -1],
  [0x7a, 0x7a, 'nothing', 0],
  [0x7b, 0x7b, 'nothing', -1],
  [0x7c, 0x7f, 'nothing', 0],
  // i16x8
  [0x80, 0x81, 'nothing', 0],
  [0x82, 0x82, 'nothing', -1],
  [0x83, 0x84, 'nothing', 0],
  [0x85, 0x86, 'nothing', -1],
  [0x87, 0x8a, 'nothing', 0],
  [0x8b, 0x93, 'nothing', -1],
  [0x94, 0x94, 'nothing', 0], // f64x2.nearest
  [0x95, 0x99, 'nothing', -1],
  [0x9b, 0x9f, 'nothing', -1],
  // i32x4
  [0xa0, 0xa1, 'nothing', 0],
  [0xa3, 0xa4, 'nothing', 0],
  [0xa7, 0xaa, 'nothing', 0],
  [0xab, 0xae, 'nothing', -1],
  [0xb1, 0xb1, 'nothing', -1],
  [0xb5, 0xba, 'nothing', -1],
  [0xbc, 0xbf, 'nothing', -1],
  // i64x2
  [0xc0, 0xc1, 'nothing', 0],
  [0xc3, 0xc4, 'nothing', 0],
  [0xc7, 0xca, 'nothing', 0],
  [0xcb, 0xce, 'nothing', -1],
  [0xd1, 0xd1, 'nothing', -1],
  [0xd5, 0xdf, 'nothing', -1],
  // f32x4, f64x2
  [0xe0, 0xe1, 'nothing', 0],
  [0xe3, 0xe3, 'nothing', 0],
  [0xe4, 0xeb, 'nothing', -1],
  [0xec, 0xed, 'nothing', 0],
  [0xef, 0xef, 'nothing', 0],
  [0xf0, 0xf7, 'nothing', -1],
  [0xf8, 0xff, 'nothing', 0], // conversions
]

export const AFTER_VECTOR_OPCODE = new Uint8Array(256)
export const VECTOR_HEIGHT_CHANGE = new Int8Array(256)

for (const [first, last, after, change] of ROWS) {
  AFTER_VECTOR_OPCODE.fill(AFTER_VECTOR[after], first, last + 1)
  VECTOR_HEIGHT_CHANGE.fill(change, first, last + 1)
}

export function refuseVectorOpcode(opcode: number): never {
  if (opcode >= 0x100) return inadmissible('the relaxed SIMD proposal is not allowed')
  return inadmissible(`instruction 0xfd 0x${opcode.toString(16)} is not known`)
}
