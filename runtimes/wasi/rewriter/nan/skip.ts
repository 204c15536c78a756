/** Passes over what stands after an opcode, and knows which instructions give no value. */
import { AFTER } from '../opcodes.ts'
import { AFTER_VECTOR, AFTER_VECTOR_OPCODE, refuseVectorOpcode } from '../vector-opcodes.ts'
import type { Reader } from '../reader.ts'

const [NOP, GLOBAL_SET, TABLE_SET, FIRST_STORE, LAST_STORE] = [0x01, 0x24, 0x26, 0x36, 0x3e]
const [VECTOR_STORE, FIRST_STORE_LANE, LAST_STORE_LANE] = [0x0b, 0x58, 0x5b]

export function givesNothing(opcode: number): boolean {
  if (opcode >= FIRST_STORE && opcode <= LAST_STORE) return true
  return opcode === NOP || opcode === GLOBAL_SET || opcode === TABLE_SET
}

export function vectorGivesNothing(opcode: number): boolean {
  return opcode === VECTOR_STORE || (opcode >= FIRST_STORE_LANE && opcode <= LAST_STORE_LANE)
}

/** By opcode behind the prefix 0xfc: how many indices stand after it, and how many values it takes and gives. */
export const BULK_WORK: Readonly<
  Record<number, readonly [indices: number, taken: number, given: number] | undefined>
> = {
  0x08: [2, 3, 0], // memory.init
  0x09: [1, 0, 0], // data.drop
  0x0a: [2, 3, 0], // memory.copy
  0x0b: [1, 3, 0], // memory.fill
  0x0c: [2, 3, 0], // table.init
  0x0d: [1, 0, 0], // elem.drop
  0x0e: [2, 3, 0], // table.copy
  0x0f: [1, 2, 1], // table.grow
  0x10: [1, 0, 1], // table.size
  0x11: [1, 3, 0], // table.fill
}

/** After an instruction that is neither control nor a call. */
export function skipAfter(source: Reader, after: number): void {
  switch (after) {
    case AFTER.nothing:
      return
    case AFTER.memoryArgument:
      source.u32()
      return void source.u32()
    case AFTER.constant64:
      return source.skipLeb(10)
    case AFTER.constant32:
      return source.skipLeb(5)
    default: // one index, or one byte that is read the same way
      return void source.u32()
  }
}

export function skipAfterVector(source: Reader, opcode: number): void {
  switch (AFTER_VECTOR_OPCODE[opcode]) {
    case AFTER_VECTOR.nothing:
      return
    case AFTER_VECTOR.memoryArgument:
      source.u32()
      return void source.u32()
    case AFTER_VECTOR.memoryArgumentAndLane:
      source.u32()
      source.u32()
      return source.skip(1)
    case AFTER_VECTOR.lane:
      return source.skip(1)
    case AFTER_VECTOR.bytes16:
      return source.skip(16)
    default:
      return refuseVectorOpcode(opcode)
  }
}
