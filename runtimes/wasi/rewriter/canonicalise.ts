/**
 * NaN has many bit patterns, and which of them arithmetic gives is left open: within one process it changes
 * when a function is compiled again. So each result of floating-point arithmetic that is not equal to itself
 * becomes the one quiet, positive NaN. Loads, stores, abs, neg, copysign and reinterpretation move bits and
 * are left alone: engines that hide pointers in NaN bits keep working.
 */
import type { Scratch } from './scratch.ts'
import type { Writer } from './writer.ts'

const SELECT = 0x1b
const LOCAL_GET = 0x20
const LOCAL_TEE = 0x22
const VECTOR = 0xfd

/** Canonical NaN as the constant instruction that makes it. */
const F32_NAN = [0x43, 0x00, 0x00, 0xc0, 0x7f]
const F64_NAN = [0x44, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xf8, 0x7f]
const F32X4_NAN = [VECTOR, 0x0c, ...repeat([0x00, 0x00, 0xc0, 0x7f], 4)]
const F64X2_NAN = [VECTOR, 0x0c, ...repeat([0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xf8, 0x7f], 2)]

const F32_EQ = 0x5b
const F64_EQ = 0x61
const F32X4_EQ = 0x41
const F64X2_EQ = 0x47
const BITSELECT = 0x52

/** By opcode: 32 or 64 where it is arithmetic with such a result, else 0. */
const ARITHMETIC = widths([
  [0x8d, 0x97, 32], // ceil floor trunc nearest sqrt add sub mul div min max
  [0x9b, 0xa5, 64],
  [0xb6, 0xb6, 32], // f32.demote_f64
  [0xbb, 0xbb, 64], // f64.promote_f32
])

const VECTOR_ARITHMETIC = widths([
  [0x5e, 0x5e, 32], // f32x4.demote_f64x2_zero
  [0x5f, 0x5f, 64], // f64x2.promote_low_f32x4
  [0x67, 0x6a, 32], // ceil floor trunc nearest
  [0x74, 0x75, 64],
  [0x7a, 0x7a, 64],
  [0x94, 0x94, 64],
  [0xe3, 0xe9, 32], // sqrt add sub mul div min max; pmin and pmax only choose an operand
  [0xef, 0xf5, 64],
])

/** Opcodes whose result does not depend on which NaN they are given on top of the stack. */
const IGNORES_PAYLOAD = widths([
  [0x1a, 0x1a, 1], // drop
  [0x5b, 0x66, 1], // comparisons
  [0x8d, 0x97, 1],
  [0x9b, 0xa5, 1],
  [0xa8, 0xab, 1], // truncations to i32
  [0xae, 0xb1, 1], // truncations to i64
  [0xb6, 0xb6, 1],
  [0xbb, 0xbb, 1],
])

/** Writes what makes the result of `opcode` canonical; nothing where the next instruction hides it anyway. */
export function canonicalise(out: Writer, opcode: number, next: number, scratch: Scratch): void {
  const width = ARITHMETIC[opcode]
  if (width === 0 || IGNORES_PAYLOAD[next] === 1) return
  if (width === 32) select(out, F32_NAN, F32_EQ, scratch.local('f32'))
  else select(out, F64_NAN, F64_EQ, scratch.local('f64'))
}

export function isArithmetic(opcode: number): boolean {
  return ARITHMETIC[opcode] !== 0
}

export function isVectorArithmetic(opcode: number): boolean {
  return VECTOR_ARITHMETIC[opcode] !== 0
}

export function canonicaliseVector(out: Writer, opcode: number, scratch: Scratch): void {
  const is32 = VECTOR_ARITHMETIC[opcode] === 32
  const local = scratch.local('v128')
  keepTwice(out, local, is32 ? F32X4_NAN : F64X2_NAN)
  out.all([VECTOR, is32 ? F32X4_EQ : F64X2_EQ, VECTOR, BITSELECT])
}

/** value, NaN, value == value: the first where the third holds, else the second. */
function select(out: Writer, nan: readonly number[], equal: number, local: number): void {
  keepTwice(out, local, nan)
  out.all([equal, SELECT])
}

function keepTwice(out: Writer, local: number, nan: readonly number[]): void {
  out.byte(LOCAL_TEE)
  out.u32(local)
  out.all(nan)
  out.byte(LOCAL_GET)
  out.u32(local)
  out.byte(LOCAL_GET)
  out.u32(local)
}

function widths(rows: readonly (readonly [first: number, last: number, width: number])[]): Uint8Array {
  const table = new Uint8Array(256)
  for (const [first, last, width] of rows) table.fill(width, first, last + 1)
  return table
}

function repeat(bytes: readonly number[], times: number): readonly number[] {
  return Array.from({ length: times }, () => bytes).flat()
}
