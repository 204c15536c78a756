/**
 * Rewrites function bodies: instructions are copied as they are, and those that count fuel, guard calls and
 * make NaN canonical are put between them. Every index that could reach what the host adds is checked.
 */
import { readBlockType } from './blocks.ts'
import { BOUNDS } from './bounds.ts'
import { CallGuard } from './call-guard.ts'
import { Control } from './control.ts'
import { FUEL, UNITS_PER_PAGE } from './fuel.ts'
import { inadmissible } from './inadmissible.ts'
import { endWithoutMemory } from './memory-growth.ts'
import { PREFIXED } from './facts.ts'
import { movedGlobal } from './linked.ts'
import { Meter } from './meter.ts'
import { canonicalise } from './nan/canonicalise.ts'
import { Settler } from './nan/settler.ts'
import { RESULT_SHAPE, SHAPE, VECTOR_RESULT_SHAPE } from './nan/treatment.ts'
import { AFTER, AFTER_OPCODE, HEIGHT_CHANGE, refuseOpcode, TAIL_CALL } from './opcodes.ts'
import { movedFunction } from './refill.ts'
import { Scratch } from './scratch.ts'
import { frameUnits } from './stack.ts'
import { readReferenceType, readValueType, VALUE_TYPE } from './value-types.ts'
import {
  AFTER_VECTOR,
  AFTER_VECTOR_OPCODE,
  refuseVectorOpcode,
  VECTOR_HEIGHT_CHANGE,
} from './vector-opcodes.ts'
import { Writer } from './writer.ts'
import type { Declarations } from './declarations.ts'
import type { Seen } from './facts.ts'
import type { Reader } from './reader.ts'
import type { Signature } from './value-types.ts'
import type { Shape } from './nan/treatment.ts'

const [RETURN, CALL, CALL_INDIRECT] = [0x0f, 0x10, 0x11]
/** Set in an alignment when the index of a memory follows. */
const MEMORY_INDEX_FLAG = 0x40

export class BodyRewriter {
  readonly #module: Declarations
  readonly #seen: Seen
  readonly #out = new Writer(4096)
  readonly #control = new Control()
  readonly #scratch = new Scratch()
  readonly #meter: Meter
  readonly #guard: CallGuard
  readonly #settler: Settler
  #source: Reader
  /** Where what was not copied yet begins. */
  #uncopied = 0
  #locals = 0
  #usesVectors = false
  /** In all functions so far. */
  #additions = 0

  constructor(module: Declarations, code: Reader, seen: Seen) {
    this.#module = module
    this.#seen = seen
    this.#source = code
    this.#meter = new Meter(this.#out, this.#scratch, module.fuelGlobal, module.importedFunctions)
    this.#guard = new CallGuard(this.#out, this.#scratch, module.fuelGlobal + 1)
    this.#settler = new Settler(module, code)
  }

  /** Writes the function whose size and body come next in `code`. */
  rewrite(type: Signature, code: Reader, out: Writer): void {
    const source = code.part(code.u32())
    this.#begin(type, source)
    const groups = source.u32()
    const declared = source.at
    this.#readLocals(groups)
    this.#copyFrom(source.at)
    this.#meter.enter()
    if (this.#settler.hasFloatLocals) this.#settler.read(source.again())
    while (!this.#control.ended) {
      this.#instruction()
      if (source.at === this.#settler.next) this.#settle()
    }
    source.finish('function body')
    this.#copyTo(source.at)
    this.#write(out, type, groups, declared)
  }

  #bodyStart = 0

  #begin(type: Signature, source: Reader): void {
    this.#source = source
    this.#out.clear()
    this.#locals = type.parameters
    this.#usesVectors = type.usesVectors
    this.#settler.begin(type)
  }

  #readLocals(groups: number): void {
    for (let left = groups; left > 0; left -= 1) {
      const first = this.#locals
      this.#locals += this.#source.u32()
      if (this.#locals > BOUNDS.locals) inadmissible(`more than ${BOUNDS.locals} locals in one function`)
      const type = readValueType(this.#source)
      for (let local = first; local < this.#locals; local += 1) this.#settler.addLocal(local, type)
      this.#seen.addLocal(type)
      if (type === VALUE_TYPE.v128) this.#usesVectors = true
    }
    this.#seen.locals = Math.max(this.#seen.locals, this.#locals)
    this.#scratch.begin(this.#locals)
    this.#control.begin(this.#locals)
  }

  #frame(type: Signature): number {
    return frameUnits({
      parameters: type.parameters,
      locals: this.#locals - type.parameters,
      operands: this.#control.highest,
      usesVectors: this.#usesVectors,
    })
  }

  #write(out: Writer, type: Signature, groups: number, declared: number): void {
    const head = new Writer(64 + this.#bodyStart - declared)
    head.u32(groups + this.#scratch.groups)
    head.copy(this.#source.bytes, declared, this.#bodyStart)
    this.#scratch.write(head)
    this.#guard.finish(this.#frame(type), head)
    out.u32(head.length + this.#out.length)
    out.append(head)
    out.append(this.#out)
  }

  #copyFrom(start: number): void {
    this.#bodyStart = start
    this.#uncopied = start
  }

  /** Copies what was read up to here, so that something can be put after it. */
  #copyTo(end: number): void {
    this.#out.copy(this.#source.bytes, this.#uncopied, end)
    this.#uncopied = end
  }

  /** Before each place where a path to the host or to `unreachable` is put in: paths part there. */
  #addPath(): void {
    this.#control.cross()
    this.#add()
  }

  /** Before each place where instructions are put in. */
  #add(): void {
    this.#additions += 1
    if (this.#additions > BOUNDS.additions) {
      inadmissible(`more than ${BOUNDS.additions} calls, loops and other metered instructions`)
    }
  }

  #instruction(): void {
    const source = this.#source
    const start = source.at
    const opcode = source.byte()
    this.#meter.count()
    this.#seen.add(opcode)
    this.#control.change(HEIGHT_CHANGE[opcode] as number)
    switch (AFTER_OPCODE[opcode]) {
      case AFTER.nothing:
        return RESULT_SHAPE[opcode] === SHAPE.none ? undefined : this.#result(RESULT_SHAPE[opcode] as number)
      case AFTER.local:
        return this.#checkIndex(this.#locals, 'local')
      case AFTER.constant32:
        return source.skipLeb(5)
      case AFTER.constant64:
        return source.skipLeb(10)
      case AFTER.memoryArgument:
        return this.#memoryArgument()
      case AFTER.index:
        return void source.u32()
      case AFTER.function:
        return this.#writeMoved(start, source.u32())
      case AFTER.global:
        return this.#global(start)
      case AFTER.bytes4:
        return source.skip(4)
      case AFTER.bytes8:
        return source.skip(8)
      case AFTER.zero:
        return this.#zero()
      case AFTER.referenceType:
        return void readReferenceType(source)
      case AFTER.typedSelect:
        return this.#typedSelect()
      case AFTER.block:
      case AFTER.if:
        return this.#block(false)
      case AFTER.loop:
        return this.#loop(start)
      case AFTER.else:
        return this.#control.otherwise()
      case AFTER.end:
        return this.#end()
      case AFTER.branch:
        this.#label()
        this.#control.cross()
        return this.#control.abandon()
      case AFTER.branchIf:
        this.#label()
        return this.#control.cross()
      case AFTER.branchTable:
        return this.#branchTable()
      case AFTER.leave:
        return this.#control.abandon()
      case AFTER.call:
        return this.#call(start)
      case AFTER.callIndirect:
        return this.#callIndirect(start)
      case AFTER.grow:
        return this.#growMemory(start)
      case AFTER.prefixFc:
        return this.#miscellaneous(start)
      case AFTER.prefixFd:
        return this.#vector()
      default:
        return this.#module.isLinked && isTailCall(opcode)
          ? this.#tailCall(start, opcode)
          : refuseOpcode(opcode)
    }
  }

  #checkIndex(count: number, what: string): void {
    const index = this.#source.u32()
    if (index >= count) inadmissible(`malformed: ${what} ${index} of ${count}`)
  }

  #global(start: number): void {
    const { globals, fuelGlobal } = this.#module
    const index = this.#source.u32()
    if (index >= globals) inadmissible(`malformed: global ${index} of ${globals}`)
    if (index >= fuelGlobal) this.#writeIndex(start, movedGlobal(index, fuelGlobal))
  }

  #zero(): void {
    if (this.#source.byte() !== 0) inadmissible('the multi-memory proposal is not allowed')
  }

  #memoryArgument(): void {
    const alignment = this.#source.u32()
    if (alignment >= MEMORY_INDEX_FLAG) inadmissible('the multi-memory proposal is not allowed')
    this.#source.u32()
  }

  #typedSelect(): void {
    if (this.#source.u32() !== 1) inadmissible('malformed: select of other than one type')
    readValueType(this.#source)
  }

  /** A result of arithmetic, which may have to be settled here or later. */
  #result(shape: Shape): void {
    this.#add()
    const body = this.#source.again()
    body.at = this.#bodyStart
    this.#settler.read(body)
    this.#settler.result(shape, this.#source.at)
  }

  #settle(): void {
    this.#copyTo(this.#source.at)
    canonicalise(this.#out, this.#settler.take(), this.#scratch)
  }

  // ------------------------------------------------------------------------------------------ control

  #block(isLoop: boolean): void {
    const { parameters, results } = readBlockType(this.#source, this.#module.types)
    this.#control.enter(isLoop, parameters, results)
  }

  #loop(start: number): void {
    const { bytes } = this.#source
    this.#addPath()
    this.#block(true)
    this.#copyTo(start)
    this.#uncopied = this.#source.at
    this.#meter.enterLoop(bytes.subarray(start, this.#uncopied))
  }

  #end(): void {
    const isLoop = this.#control.leave()
    if (isLoop) {
      this.#copyTo(this.#source.at)
      this.#meter.leaveLoop()
    } else if (this.#control.ended) this.#meter.leave()
  }

  /** A label that is outside of loops is further out than it was: each of them has become two blocks. */
  #label(): void {
    const start = this.#source.at
    const label = this.#source.u32()
    const more = this.#control.loopsLeft(label)
    if (more === 0) return
    this.#copyTo(start)
    this.#out.u32(label + more)
    this.#uncopied = this.#source.at
  }

  #branchTable(): void {
    const targets = this.#source.count(BOUNDS.branchTargets, 'targets of one br_table')
    for (let left = targets; left >= 0; left -= 1) this.#label()
    this.#control.cross(targets + 1)
    this.#control.abandon()
  }

  // -------------------------------------------------------------------------------------------- calls

  #call(start: number): void {
    const index = this.#source.u32()
    const type = this.#module.functions[index]
    if (type === undefined) return inadmissible(`malformed: call of function ${index}`)
    // The host's own functions end at once, and are charged by the host.
    const { importedFunctions, isLinked } = this.#module
    if (isLinked || index >= importedFunctions) this.#guardMovedCall(start, index)
    else this.#callHost()
    this.#changeByCall(type)
  }

  /** What the host is asked for costs fuel. */
  #callHost(): void {
    this.#copyTo(this.#source.at)
    this.#meter.follow()
  }

  #callIndirect(start: number): void {
    const type = this.#source.u32()
    this.#source.u32()
    this.#guardCall(start)
    this.#changeByCall(type)
  }

  /** In a part of a component: a call, and the return of what it returns. */
  #tailCall(start: number, opcode: number): void {
    const source = this.#source
    const index = source.u32()
    const isIndirect = opcode === TAIL_CALL.indirect
    const type = isIndirect ? index : this.#module.functions[index]
    if (type === undefined) return inadmissible(`malformed: call of function ${index}`)
    this.#addPath()
    this.#copyTo(start)
    this.#guard.before()
    this.#out.byte(isIndirect ? CALL_INDIRECT : CALL)
    this.#out.u32(isIndirect ? index : movedFunction(index, this.#module.importedFunctions))
    if (isIndirect) this.#out.u32(source.u32())
    this.#uncopied = source.at
    this.#guard.after()
    this.#out.byte(RETURN)
    if (isIndirect) this.#control.change(-1)
    this.#changeByCall(type)
    this.#control.abandon()
  }

  #guardMovedCall(start: number, index: number): void {
    this.#addPath()
    this.#copyTo(start)
    this.#guard.before()
    this.#writeMoved(start, index)
    this.#guard.after()
    this.#meter.follow()
  }

  #writeMoved(start: number, index: number): void {
    this.#writeIndex(start, movedFunction(index, this.#module.importedFunctions))
  }

  /** Instead of the instruction read last: its opcode, and the index of its function or global as it is now. */
  #writeIndex(start: number, index: number): void {
    this.#copyTo(start)
    this.#out.byte(this.#source.bytes[start] as number)
    this.#out.u32(index)
    this.#uncopied = this.#source.at
  }

  #guardCall(start: number): void {
    const end = this.#source.at
    this.#addPath()
    this.#copyTo(start)
    this.#guard.before()
    this.#copyTo(end)
    this.#guard.after()
    this.#meter.follow()
  }

  #changeByCall(index: number): void {
    const type = this.#module.types[index]
    if (type === undefined) return inadmissible(`malformed: a call of type ${index}`)
    this.#control.change(-type.parameters)
    this.#control.change(type.results)
  }

  // ---------------------------------------------------------------------------- work that has a size

  #growMemory(start: number): void {
    this.#zero()
    const { max } = this.#module.memory
    const end = this.#source.at
    this.#addPath()
    this.#copyTo(start)
    this.#meter.chargeGrowth(this.#scratch.local('count'), max, UNITS_PER_PAGE)
    this.#copyTo(end)
    endWithoutMemory(this.#out, this.#scratch, max, this.#module.fuelGlobal + 1)
  }

  /** The prefix 0xfc: saturating truncation, and bulk work on memories and tables. */
  #miscellaneous(start: number): void {
    const source = this.#source
    const opcode = source.u32()
    this.#seen.add(PREFIXED + opcode)
    switch (opcode) {
      case 0x00: // saturating truncations
      case 0x01:
      case 0x02:
      case 0x03:
      case 0x04:
      case 0x05:
      case 0x06:
      case 0x07:
        return
      case 0x08: // memory.init
        source.u32()
        this.#zero()
        return this.#bulkBytes(start)
      case 0x09: // data.drop
      case 0x0d: // elem.drop
        return void source.u32()
      case 0x0a: // memory.copy
        this.#zero()
        this.#zero()
        return this.#bulkBytes(start)
      case 0x0b: // memory.fill
        this.#zero()
        return this.#bulkBytes(start)
      case 0x0c: // table.init
      case 0x0e: // table.copy
        source.u32()
        source.u32()
        return this.#bulkElements(start)
      case 0x0f: // table.grow
        return this.#growTable(start)
      case 0x10: // table.size
        source.u32()
        return this.#control.change(1)
      case 0x11: // table.fill
        source.u32()
        return this.#bulkElements(start)
      default:
        return inadmissible(`instruction 0xfc 0x${opcode.toString(16)} is not known`)
    }
  }

  #bulkBytes(start: number): void {
    const end = this.#source.at
    this.#addPath()
    this.#copyTo(start)
    this.#meter.chargeBytes(this.#scratch.local('count'))
    this.#copyTo(end)
    this.#control.change(-3)
  }

  #bulkElements(start: number): void {
    const end = this.#source.at
    this.#addPath()
    this.#copyTo(start)
    this.#meter.chargeElements(this.#scratch.local('count'))
    this.#copyTo(end)
    this.#control.change(-3)
  }

  #growTable(start: number): void {
    const table = this.#module.tables[this.#source.u32()]
    if (table === undefined) return inadmissible('malformed: growth of no table')
    const end = this.#source.at
    this.#addPath()
    this.#copyTo(start)
    this.#meter.chargeGrowth(this.#scratch.local('count'), table.max, FUEL.element)
    this.#copyTo(end)
    this.#control.change(-1)
  }

  // ------------------------------------------------------------------------------------------ vectors

  #vector(): void {
    const source = this.#source
    const opcode = source.u32()
    if (opcode > 0xff) refuseVectorOpcode(opcode)
    this.#usesVectors = true
    this.#afterVector(opcode)
    this.#control.change(VECTOR_HEIGHT_CHANGE[opcode] as number)
    const shape = VECTOR_RESULT_SHAPE[opcode] as number
    if (shape !== SHAPE.none) this.#result(shape)
  }

  #afterVector(opcode: number): void {
    switch (AFTER_VECTOR_OPCODE[opcode]) {
      case AFTER_VECTOR.nothing:
        return
      case AFTER_VECTOR.memoryArgument:
        return this.#memoryArgument()
      case AFTER_VECTOR.bytes16:
        return this.#source.skip(16)
      case AFTER_VECTOR.lane:
        return this.#source.skip(1)
      case AFTER_VECTOR.memoryArgumentAndLane:
        this.#memoryArgument()
        return this.#source.skip(1)
      default:
        return refuseVectorOpcode(opcode)
    }
  }
}

function isTailCall(opcode: number): boolean {
  return opcode === TAIL_CALL.direct || opcode === TAIL_CALL.indirect
}
