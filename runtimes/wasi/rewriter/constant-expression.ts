/** Passes over a constant expression: one constant and `end`, the form every engine reads alike. */
import { foldExpression } from './fold-constants.ts'
import { inadmissible } from './inadmissible.ts'
import { readReferenceType } from './value-types.ts'
import type { Reader } from './reader.ts'

/** `imported` counts the globals that the module imports: no others can be read here. */
export function skipConstantExpression(reader: Reader, imported = 0): void {
  const start = reader.at
  skipConstant(reader, reader.byte(), imported)
  if (reader.byte() === 0x0b) return
  if (reader.fold === undefined || !foldExpression(reader, start, reader.fold))
    inadmissible('the extended constant expressions proposal is not allowed')
}

function skipConstant(reader: Reader, opcode: number, imported: number): void {
  switch (opcode) {
    case 0x23: // global.get
      if (imported > 0 && reader.u32() < imported) return
      return refuseInstruction(opcode)
    case 0x41: // i32.const
      return reader.skipLeb(5)
    case 0x42: // i64.const
      return reader.skipLeb(10)
    case 0x43: // f32.const
      return reader.skip(4)
    case 0x44: // f64.const
      return reader.skip(8)
    case 0xd0: // ref.null
      return void readReferenceType(reader)
    case 0xd2: // ref.func
      return reader.functionIndex()
    case 0xfd:
      return skipVectorConstant(reader)
    default:
      return refuseInstruction(opcode)
  }
}

function refuseInstruction(opcode: number): never {
  return inadmissible(`instruction 0x${opcode.toString(16)} in a constant expression is not allowed`)
}

function skipVectorConstant(reader: Reader): void {
  if (reader.u32() !== 0x0c) inadmissible('only v128.const may stand in a constant expression')
  reader.skip(16)
}
