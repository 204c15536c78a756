/** Calls: what they call has another index now, and the frame of their function is taken off the stack around them. */
import { inadmissible } from './inadmissible.ts'
import { TAIL_CALL } from './opcodes.ts'
import { movedFunction } from './refill.ts'
import type { Writing } from './writing.ts'

const [RETURN, CALL, CALL_INDIRECT] = [0x0f, 0x10, 0x11]

export function writeCall(writing: Writing, start: number): void {
  const { functions, importedFunctions, isLinked } = writing.module
  const index = writing.source.u32()
  const type = functions[index]
  if (type === undefined) return inadmissible(`malformed: call of function ${index}`)
  // The host's own functions end at once, and are charged by the host.
  if (isLinked || index >= importedFunctions) guardMovedCall(writing, start, index)
  else writing.copyAll()
  writing.meter.follow()
  changeByCall(writing, type)
}

function guardMovedCall(writing: Writing, start: number, index: number): void {
  writing.addPath()
  writing.copyTo(start)
  writing.guard.before()
  writing.writeMoved(start, index)
  writing.guard.after()
}

export function writeCallIndirect(writing: Writing, start: number): void {
  const { source } = writing
  const type = source.u32()
  source.u32()
  writing.addPath()
  writing.copyTo(start)
  writing.guard.before()
  writing.copyAll()
  writing.guard.after()
  writing.meter.follow()
  changeByCall(writing, type)
}

/** In a part of a component: a call, and the return of what it returns. */
export function writeTailCall(writing: Writing, start: number, opcode: number): void {
  const { control, guard, module, out, source } = writing
  const index = source.u32()
  const isIndirect = opcode === TAIL_CALL.indirect
  const table = isIndirect ? source.u32() : undefined
  const type = isIndirect ? index : module.functions[index]
  if (type === undefined) return inadmissible(`malformed: call of function ${index}`)
  writing.addPath()
  writing.replaceFrom(start)
  guard.before()
  out.byte(isIndirect ? CALL_INDIRECT : CALL)
  out.u32(isIndirect ? index : movedFunction(index, module.importedFunctions))
  if (table !== undefined) out.u32(table)
  guard.after()
  out.byte(RETURN)
  if (isIndirect) control.change(-1)
  changeByCall(writing, type)
  control.abandon()
}

function changeByCall({ control, module }: Writing, index: number): void {
  const type = module.types[index]
  if (type === undefined) return inadmissible(`malformed: a call of type ${index}`)
  control.change(-type.parameters)
  control.change(type.results)
}
