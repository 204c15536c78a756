/**
 * After `memory.grow`: a growth that the maximum allows can fail only because this machine is out of memory.
 * A guest that saw it would give other results here than elsewhere, so the run ends, with a mark for the host.
 */
import { STACK_MARK_NO_MEMORY } from './stack.ts'
import type { Scratch } from './scratch.ts'
import type { Writer } from './writer.ts'

const OP = {
  unreachable: 0x00,
  if: 0x04,
  end: 0x0b,
  localGet: 0x20,
  localTee: 0x22,
  globalSet: 0x24,
  memorySize: 0x3f,
  i32Const: 0x41,
  i32Eq: 0x46,
  i32LeU: 0x4d,
  i32And: 0x71,
  i32Sub: 0x6b,
} as const

const EMPTY_BLOCK = 0x40

/** Expects the result of `memory.grow` on top of the stack, and leaves it there. */
export function endWithoutMemory(out: Writer, scratch: Scratch, pagesMax: number, stackGlobal: number): void {
  const grown = scratch.local('grown')
  local(out, OP.localTee, grown)
  constant(out, -1)
  out.byte(OP.i32Eq)
  local(out, OP.localGet, scratch.local('count'))
  constant(out, pagesMax)
  out.all([OP.memorySize, 0, OP.i32Sub, OP.i32LeU, OP.i32And, OP.if, EMPTY_BLOCK])
  constant(out, STACK_MARK_NO_MEMORY)
  out.byte(OP.globalSet)
  out.u32(stackGlobal)
  out.all([OP.unreachable, OP.end])
  local(out, OP.localGet, grown)
}

function local(out: Writer, operation: number, index: number): void {
  out.byte(operation)
  out.u32(index)
}

function constant(out: Writer, value: number): void {
  out.byte(OP.i32Const)
  out.s32(value)
}
