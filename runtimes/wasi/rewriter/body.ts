/**
 * Rewrites function bodies: instructions are copied as they are, and those that count fuel, guard calls and
 * make NaN canonical are put between them. Every index that could reach what the host adds is checked.
 */
import { readBlockType } from './blocks.ts'
import { BOUNDS } from './bounds.ts'
import { readZero, writeMemoryGrowth, writeMiscellaneous } from './bulk.ts'
import { writeCall, writeCallIndirect, writeTailCall } from './calls.ts'
import { inadmissible } from './inadmissible.ts'
import { movedGlobal } from './linked.ts'
import { canonicalise } from './nan/canonicalise.ts'
import { RESULT_SHAPE, SHAPE, VECTOR_RESULT_SHAPE } from './nan/treatment.ts'
import { AFTER, AFTER_OPCODE, HEIGHT_CHANGE, refuseOpcode, TAIL_CALL } from './opcodes.ts'
import { frameUnits } from './stack.ts'
import { readReferenceType, readValueType, VALUE_TYPE } from './value-types.ts'
import {
  AFTER_VECTOR,
  AFTER_VECTOR_OPCODE,
  refuseVectorOpcode,
  VECTOR_HEIGHT_CHANGE,
} from './vector-opcodes.ts'
import { Writer } from './writer.ts'
import { Writing } from './writing.ts'
import type { Declarations } from './declarations.ts'
import type { Seen } from './facts.ts'
import type { Shape } from './nan/treatment.ts'
import type { Reader } from './reader.ts'
import type { Signature } from './value-types.ts'

/** Set in an alignment when the index of a memory follows. */
const MEMORY_INDEX_FLAG = 0x40

export class BodyRewriter {
  readonly #writing: Writing
  #locals = 0

  constructor(module: Declarations, code: Reader, seen: Seen) {
    this.#writing = new Writing(module, code, seen)
  }

  /** Writes the function whose size and body come next in `code`. */
  rewrite(type: Signature, code: Reader, out: Writer): void {
    const writing = this.#writing
    const source = code.part(code.u32())
    writing.source = source
    writing.usesVectors = type.usesVectors
    writing.settler.begin(type)
    const groups = source.u32()
    const declared = source.at
    this.#readLocals(type.parameters, groups)
    this.#instructions(source)
    source.finish('function body')
    writing.copyAll()
    this.#write(out, type, groups, declared)
  }

  #readLocals(parameters: number, groups: number): void {
    const { control, scratch, seen, settler, source } = this.#writing
    this.#locals = parameters
    for (let left = groups; left > 0; left -= 1) {
      const first = this.#locals
      this.#locals += source.u32()
      if (this.#locals > BOUNDS.locals) inadmissible(`more than ${BOUNDS.locals} locals in one function`)
      const type = readValueType(source)
      for (let local = first; local < this.#locals; local += 1) settler.addLocal(local, type)
      seen.addLocal(type)
      if (type === VALUE_TYPE.v128) this.#writing.usesVectors = true
    }
    seen.locals = Math.max(seen.locals, this.#locals)
    scratch.begin(this.#locals)
    control.begin(this.#locals)
  }

  #instructions(source: Reader): void {
    const { control, meter, module, settler } = this.#writing
    this.#writing.begin()
    meter.enter(module.isLinked)
    if (settler.hasFloatLocals) settler.read(source.again())
    while (!control.ended) {
      this.#instruction(source)
      if (source.at === settler.next) this.#settle()
    }
  }

  /** The locals, then what is known at the end and comes first, then the instructions. */
  #write(out: Writer, type: Signature, groups: number, declared: number): void {
    const { guard, meter, scratch, source, start, out: instructions } = this.#writing
    const first = new Writer(64)
    guard.finish(this.#frame(type), first)
    meter.finish(first)
    const head = new Writer(64 + start - declared)
    head.u32(groups + scratch.groups)
    head.copy(source.bytes, declared, start)
    scratch.write(head)
    out.u32(head.length + first.length + instructions.length)
    for (const part of [head, first, instructions]) out.append(part)
  }

  #frame(type: Signature): number {
    return frameUnits({
      parameters: type.parameters,
      locals: this.#locals - type.parameters,
      operands: this.#writing.control.highest,
      usesVectors: this.#writing.usesVectors,
    })
  }

  #instruction(source: Reader): void {
    const { control, meter, module, seen } = this.#writing
    const start = source.at
    const opcode = source.byte()
    meter.count()
    seen.add(opcode)
    control.change(HEIGHT_CHANGE[opcode] as number)
    switch (AFTER_OPCODE[opcode]) {
      case AFTER.nothing:
        return this.#result(RESULT_SHAPE[opcode] as number)
      case AFTER.local:
        return this.#checkIndex(this.#locals, 'local')
      case AFTER.constant32:
        return source.skipLeb(5)
      case AFTER.constant64:
        return source.skipLeb(10)
      case AFTER.memoryArgument:
        return readMemoryArgument(source)
      case AFTER.index:
        return void source.u32()
      case AFTER.function:
        return this.#writing.writeMoved(start, source.u32())
      case AFTER.global:
        return this.#global(start)
      case AFTER.bytes4:
        return source.skip(4)
      case AFTER.bytes8:
        return source.skip(8)
      case AFTER.zero:
        return readZero(source)
      case AFTER.referenceType:
        return void readReferenceType(source)
      case AFTER.typedSelect:
        return readTypedSelect(source)
      case AFTER.block:
      case AFTER.if:
        return this.#block(false)
      case AFTER.loop:
        return this.#loop(start)
      case AFTER.else:
        return control.otherwise()
      case AFTER.end:
        return this.#end()
      case AFTER.branch:
        this.#label()
        control.cross()
        return control.abandon()
      case AFTER.branchIf:
        this.#label()
        return control.cross()
      case AFTER.branchTable:
        return this.#branchTable()
      case AFTER.leave:
        return control.abandon()
      case AFTER.call:
        return writeCall(this.#writing, start)
      case AFTER.callIndirect:
        return writeCallIndirect(this.#writing, start)
      case AFTER.grow:
        return writeMemoryGrowth(this.#writing, start)
      case AFTER.prefixFc:
        return writeMiscellaneous(this.#writing, start)
      case AFTER.prefixFd:
        return this.#vector()
      default:
        return module.isLinked && isTailCall(opcode)
          ? writeTailCall(this.#writing, start, opcode)
          : refuseOpcode(opcode)
    }
  }

  #checkIndex(count: number, what: string): void {
    const index = this.#writing.source.u32()
    if (index >= count) inadmissible(`malformed: ${what} ${index} of ${count}`)
  }

  #global(start: number): void {
    const { globals, fuelGlobal } = this.#writing.module
    const index = this.#writing.source.u32()
    if (index >= globals) inadmissible(`malformed: global ${index} of ${globals}`)
    if (index >= fuelGlobal) this.#writing.writeIndex(start, movedGlobal(index, fuelGlobal))
  }

  // ------------------------------------------------------------------------------------------ control

  #block(isLoop: boolean): void {
    const { control, module, source } = this.#writing
    const { parameters, results } = readBlockType(source, module.types)
    control.enter(isLoop, parameters, results)
  }

  #loop(start: number): void {
    const { meter, source } = this.#writing
    this.#writing.addPath()
    this.#block(true)
    this.#writing.replaceFrom(start)
    meter.enterLoop(source.bytes.subarray(start, source.at))
  }

  #end(): void {
    if (!this.#writing.control.leave()) return
    this.#writing.copyAll()
    this.#writing.meter.leaveLoop()
  }

  /** A label that is outside of loops is further out than it was: each of them has become two blocks. */
  #label(): void {
    const { control, out, source } = this.#writing
    const start = source.at
    const label = source.u32()
    const more = control.loopsLeft(label)
    if (more === 0) return
    this.#writing.replaceFrom(start)
    out.u32(label + more)
  }

  #branchTable(): void {
    const { control, source } = this.#writing
    const targets = source.count(BOUNDS.branchTargets, 'targets of one br_table')
    for (let left = targets; left >= 0; left -= 1) this.#label()
    control.cross(targets + 1)
    control.abandon()
  }

  // ---------------------------------------------------------------------------------- floating point

  /** What arithmetic gives may have to be settled, at once or later; nothing else has a shape. */
  #result(shape: Shape): void {
    if (shape === SHAPE.none) return
    const { settler, source, start } = this.#writing
    this.#writing.add()
    settler.read(source.from(start))
    settler.result(shape, source.at)
  }

  #settle(): void {
    const { out, scratch, settler } = this.#writing
    this.#writing.copyAll()
    canonicalise(out, settler.take(), scratch)
  }

  #vector(): void {
    const { control, source } = this.#writing
    const opcode = source.u32()
    if (opcode > 0xff) refuseVectorOpcode(opcode)
    this.#writing.usesVectors = true
    readAfterVector(source, opcode)
    control.change(VECTOR_HEIGHT_CHANGE[opcode] as number)
    this.#result(VECTOR_RESULT_SHAPE[opcode] as number)
  }
}

function readMemoryArgument(source: Reader): void {
  const alignment = source.u32()
  if (alignment >= MEMORY_INDEX_FLAG) inadmissible('the multi-memory proposal is not allowed')
  source.u32()
}

function readTypedSelect(source: Reader): void {
  if (source.u32() !== 1) inadmissible('malformed: select of other than one type')
  readValueType(source)
}

function readAfterVector(source: Reader, opcode: number): void {
  switch (AFTER_VECTOR_OPCODE[opcode]) {
    case AFTER_VECTOR.nothing:
      return
    case AFTER_VECTOR.memoryArgument:
      return readMemoryArgument(source)
    case AFTER_VECTOR.bytes16:
      return source.skip(16)
    case AFTER_VECTOR.lane:
      return source.skip(1)
    case AFTER_VECTOR.memoryArgumentAndLane:
      readMemoryArgument(source)
      return source.skip(1)
    default:
      return refuseVectorOpcode(opcode)
  }
}

function isTailCall(opcode: number): boolean {
  return opcode === TAIL_CALL.direct || opcode === TAIL_CALL.indirect
}
