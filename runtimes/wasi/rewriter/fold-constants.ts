/**
 * Constant expressions of more than one number, worked out before any engine sees them: not every engine knows them, and what
 * they read is known when a component is linked.
 *
 *   expression = (i32.const n / global.get g / i32.add / i32.sub / i32.mul)* end
 */
import type { Folding } from './folding.ts'
import type { Reader } from './reader.ts'

const [END, GLOBAL_GET, I32_CONST, I32_ADD, I32_SUB, I32_MUL] = [0x0b, 0x23, 0x41, 0x6a, 0x6b, 0x6c]
const LEB_MAX = 5

/** Notes what the expression that begins at `start` comes to; the reader comes to stand behind it. */
export function foldExpression(reader: Reader, start: number, { valueOf, folded }: Folding): boolean {
  reader.at = start
  const stack: number[] = []
  for (let opcode = reader.byte(); opcode !== END; opcode = reader.byte()) {
    const value = opcode === I32_CONST ? signedLeb(reader) : operate(opcode, reader, stack, valueOf)
    if (value === undefined) return false
    stack.push(value)
  }
  const [value] = stack
  if (stack.length !== 1 || value === undefined) return false
  folded.push({ start, end: reader.at, value })
  return true
}

function operate(
  opcode: number,
  reader: Reader,
  stack: number[],
  valueOf: (global: number) => number | undefined,
): number | undefined {
  if (opcode === GLOBAL_GET) return valueOf(reader.u32())
  const [right, left] = [stack.pop(), stack.pop()]
  if (left === undefined || right === undefined) return undefined
  if (opcode === I32_ADD) return (left + right) | 0
  if (opcode === I32_SUB) return (left - right) | 0
  return opcode === I32_MUL ? Math.imul(left, right) : undefined
}

/** A signed number of at most 32 bits. */
export function signedLeb(reader: Reader): number {
  let value = 0
  for (let shift = 0; shift < 7 * LEB_MAX; shift += 7) {
    const next = reader.byte()
    value |= (next & 0x7f) << shift
    if (next < 0x80) return shift < 28 && (next & 0x40) !== 0 ? value | (-1 << (shift + 7)) : value
  }
  return value
}
