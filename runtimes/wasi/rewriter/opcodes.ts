/**
 * Every instruction a handler may use: what follows its opcode, and how it changes the height of the operand
 * stack. What is not in the table is refused, with the name of the proposal it belongs to where it is known.
 */
import { inadmissible } from './inadmissible.ts'

/** What stands after an opcode. The kinds from `block` to `grow` need more than being passed over. */
export const AFTER = {
  refused: 0,
  nothing: 1,
  index: 2,
  memoryArgument: 3,
  constant32: 4,
  constant64: 5,
  bytes4: 6,
  bytes8: 7,
  zero: 8,
  referenceType: 9,
  local: 10,
  global: 11,
  block: 12,
  loop: 13,
  if: 14,
  else: 15,
  end: 16,
  branch: 17,
  branchIf: 18,
  branchTable: 19,
  leave: 20,
  call: 21,
  callIndirect: 22,
  typedSelect: 23,
  grow: 24,
  prefixFc: 25,
  prefixFd: 26,
  function: 27,
} as const

type Row = readonly [first: number, last: number, after: keyof typeof AFTER, change: number]

const ROWS: readonly Row[] = [
  [0x00, 0x00, 'leave', 0], // unreachable
  [0x01, 0x01, 'nothing', 0], // nop
  [0x02, 0x02, 'block', 0],
  [0x03, 0x03, 'loop', 0],
  [0x04, 0x04, 'if', -1],
  [0x05, 0x05, 'else', 0],
  [0x0b, 0x0b, 'end', 0],
  [0x0c, 0x0c, 'branch', 0],
  [0x0d, 0x0d, 'branchIf', -1],
  [0x0e, 0x0e, 'branchTable', 0],
  [0x0f, 0x0f, 'leave', 0], // return
  [0x10, 0x10, 'call', 0],
  [0x11, 0x11, 'callIndirect', -1],
  [0x1a, 0x1a, 'nothing', -1], // drop
  [0x1b, 0x1b, 'nothing', -2], // select
  [0x1c, 0x1c, 'typedSelect', -2],
  [0x20, 0x20, 'local', 1], // local.get
  [0x21, 0x21, 'local', -1], // local.set
  [0x22, 0x22, 'local', 0], // local.tee
  [0x23, 0x23, 'global', 1], // global.get
  [0x24, 0x24, 'global', -1], // global.set
  [0x25, 0x25, 'index', 0], // table.get
  [0x26, 0x26, 'index', -2], // table.set
  [0x28, 0x35, 'memoryArgument', 0], // loads
  [0x36, 0x3e, 'memoryArgument', -2], // stores
  [0x3f, 0x3f, 'zero', 1], // memory.size
  [0x40, 0x40, 'grow', 0], // memory.grow
  [0x41, 0x41, 'constant32', 1],
  [0x42, 0x42, 'constant64', 1],
  [0x43, 0x43, 'bytes4', 1], // f32.const
  [0x44, 0x44, 'bytes8', 1], // f64.const
  [0x45, 0x45, 'nothing', 0], // i32.eqz
  [0x46, 0x4f, 'nothing', -1],
  [0x50, 0x50, 'nothing', 0], // i64.eqz
  [0x51, 0x66, 'nothing', -1], // comparisons of i64, f32, f64
  [0x67, 0x69, 'nothing', 0], // i32.clz, ctz, popcnt
  [0x6a, 0x78, 'nothing', -1],
  [0x79, 0x7b, 'nothing', 0], // i64.clz, ctz, popcnt
  [0x7c, 0x8a, 'nothing', -1],
  [0x8b, 0x91, 'nothing', 0], // f32.abs to sqrt
  [0x92, 0x98, 'nothing', -1],
  [0x99, 0x9f, 'nothing', 0], // f64.abs to sqrt
  [0xa0, 0xa6, 'nothing', -1],
  [0xa7, 0xc4, 'nothing', 0], // conversions, sign extension
  [0xd0, 0xd0, 'referenceType', 1], // ref.null
  [0xd1, 0xd1, 'nothing', 0], // ref.is_null
  [0xd2, 0xd2, 'function', 1], // ref.func
  [0xfc, 0xfc, 'prefixFc', 0],
  [0xfd, 0xfd, 'prefixFd', 0],
]

/** By opcode: one of {@link AFTER}. */
export const AFTER_OPCODE = new Uint8Array(256)
/** By opcode: the change of the operand stack's height, where it does not depend on a type. */
export const HEIGHT_CHANGE = new Int8Array(256)

for (const [first, last, after, change] of ROWS) {
  AFTER_OPCODE.fill(AFTER[after], first, last + 1)
  HEIGHT_CHANGE.fill(change, first, last + 1)
}

/** Not in the table: allowed in parts of components alone. */
export const TAIL_CALL = { direct: 0x12, indirect: 0x13 } as const

const PROPOSALS: readonly (readonly [first: number, last: number, name: string])[] = [
  [0x06, 0x0a, 'exceptions'],
  [0x12, 0x13, 'tail call'],
  [0x14, 0x15, 'typed function references'],
  [0x18, 0x19, 'exceptions'],
  [0x1f, 0x1f, 'exceptions'],
  [0xd3, 0xd6, 'garbage collection'],
  [0xfb, 0xfb, 'garbage collection'],
  [0xfe, 0xfe, 'threads'],
]

/** Refuses an opcode that is not in the table. */
export function refuseOpcode(opcode: number): never {
  const proposal = PROPOSALS.find(([first, last]) => opcode >= first && opcode <= last)
  if (proposal !== undefined) return inadmissible(`the ${proposal[2]} proposal is not allowed`)
  return inadmissible(`instruction 0x${opcode.toString(16)} is not known`)
}
