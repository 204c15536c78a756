/**
 * Reads the body of a function to see where floating-point values go, and says where a NaN has to be made the one NaN
 * for nobody to tell that it was not made so at once. Changes nothing, and judges nothing: what is wrong with a body
 * the rewriter finds, and what it does not find the engine does.
 */
import { readBlockType } from '../blocks.ts'
import { inadmissible } from '../inadmissible.ts'
import { AFTER, AFTER_OPCODE, HEIGHT_CHANGE, refuseOpcode, TAIL_CALL } from '../opcodes.ts'
import { refuseVectorOpcode, VECTOR_HEIGHT_CHANGE } from '../vector-opcodes.ts'
import { IS_OTHER_NAN } from './constants.ts'
import { FloatLocals } from './locals.ts'
import { Operands } from './operands.ts'
import { BULK_WORK, givesNothing, skipAfter, skipAfterVector, vectorGivesNothing } from './skip.ts'
import {
  RESULT_SHAPE,
  SHAPE,
  TREAT,
  TREATMENT,
  VECTOR_RESULT_SHAPE,
  VECTOR_SHAPES,
  VECTOR_TREATMENT,
} from './treatment.ts'
import { CLEAN, EXACT, Values } from './values.ts'
import type { Declarations } from '../declarations.ts'
import type { Reader } from '../reader.ts'
import type { Shape } from './treatment.ts'

/** A vector that is taken in two shapes has no one shape to be settled in later: then each is settled at once. */
const TWO_SHAPES = SHAPE.f32x4 | SHAPE.f64x2
const V128_CONST = 0x0c
const TYPED_SELECT = 0x1c
const RETURN = 0x0f
const LAST_TRUNCATION = 0x07

export class FloatFlow {
  readonly #module: Declarations
  readonly #values = new Values()
  readonly #operands: Operands
  readonly locals = new FloatLocals(this.#values)
  #source: Reader
  /** Shapes in which vectors are taken by arithmetic and comparison. */
  #vectors: Shape = SHAPE.none

  constructor(module: Declarations, code: Reader) {
    this.#module = module
    this.#source = code
    this.#operands = new Operands((value) => this.#values.look(value))
  }

  /** Reads a body, its instructions and nothing before them, of a function with so many results. @throws {Inadmissible} */
  read(results: number, source: Reader): void {
    this.#source = source
    this.#vectors = SHAPE.none
    this.#values.clear()
    this.#operands.begin(results)
    this.locals.enter('block')
    while (!this.#operands.ended) this.#instruction()
    this.#values.decide()
  }

  /** How many results of arithmetic there are. */
  get results(): number {
    return this.#values.results
  }

  /** Where something has to be settled, in the order of the code: byte of the module, and shape of what is there. */
  places(settle: (place: number, shape: Shape) => void): void {
    const isMixed = this.#vectors === TWO_SHAPES
    this.#values.places(isMixed ? TWO_SHAPES : SHAPE.none, (place, shape) => {
      if (shape !== SHAPE.vector) settle(place, shape)
      else if (!isMixed) settle(place, this.#vectors)
    })
  }

  #instruction(): void {
    const opcode = this.#source.byte()
    const change = HEIGHT_CHANGE[opcode] as number
    switch (TREATMENT[opcode]) {
      case TREAT.arithmetic:
        this.#pass(1 - change)
        return this.#pushResult(RESULT_SHAPE[opcode] as number)
      case TREAT.judges:
        this.#pass(1 - change)
        return this.#operands.push(EXACT)
      case TREAT.converts:
        this.#operands.take(1)
        return this.#operands.push(CLEAN)
      case TREAT.absolute:
        return
      case TREAT.negates:
        return this.#operands.push(this.#values.moved(this.#operands.pop()))
      case TREAT.copiesSign:
        this.#operands.take(1)
        return this.#operands.push(this.#values.moved(this.#operands.pop()))
      case TREAT.constant32:
        return this.#constant(4)
      case TREAT.constant64:
        return this.#constant(8)
      case TREAT.drops:
        return this.#pass(1)
      case TREAT.selects:
        return this.#select(opcode)
      case TREAT.getsLocal:
        return this.#readLocal(this.#source.u32())
      case TREAT.setsLocal:
        return void this.#giveLocal(this.#source.u32())
      case TREAT.teesLocal:
        return this.#readLocal(this.#giveLocal(this.#source.u32()))
      default:
        return this.#other(opcode, change)
    }
  }

  /** Takes values as arithmetic does: without looking at their bits. */
  #pass(count: number): void {
    for (let left = count; left > 0; left -= 1) this.#operands.pop()
  }

  #pushResult(shape: Shape): void {
    this.#operands.push(this.#values.result(shape, this.#source.at, this.#operands.loops))
  }

  #constant(length: 4 | 8 | 16): void {
    const { at, bytes } = this.#source
    this.#source.skip(length)
    this.#operands.push(IS_OTHER_NAN[length](bytes, at) ? EXACT : CLEAN)
  }

  #select(opcode: number): void {
    if (opcode === TYPED_SELECT) for (let left = this.#source.u32(); left > 0; left -= 1) this.#source.byte()
    this.#operands.take(1)
    const other = this.#operands.pop()
    this.#operands.push(this.#values.either(this.#operands.pop(), other))
  }

  #readLocal(local: number): void {
    this.#operands.push(this.locals.read(local, this.#source.at, this.#operands.loops))
  }

  #giveLocal(local: number): number {
    this.locals.give(local, this.#operands.pop())
    return local
  }

  /** Control, calls, and all that looks at what it takes and gives bits of the guest. */
  #other(opcode: number, change: number): void {
    const source = this.#source
    switch (AFTER_OPCODE[opcode]) {
      case AFTER.block:
        return this.#enter('block')
      case AFTER.loop:
        return this.#enter('loop')
      case AFTER.if:
        this.#operands.take(1)
        return this.#enter('if')
      case AFTER.else:
        this.locals.otherwise(this.#operands.isReached)
        return this.#operands.otherwise()
      case AFTER.end:
        this.locals.leave(this.#operands.isReached)
        return this.#operands.leave()
      case AFTER.branch:
        this.#branch(source.u32())
        return this.#operands.abandon()
      case AFTER.branchIf:
        this.#operands.take(1)
        return this.#branch(source.u32())
      case AFTER.branchTable:
        return this.#branchTable()
      case AFTER.leave:
        if (opcode === RETURN) this.#operands.return()
        return this.#operands.abandon()
      case AFTER.call:
        return this.#call(this.#module.functions[source.u32()])
      case AFTER.callIndirect:
        return this.#callIndirect()
      case AFTER.prefixFc:
        return this.#miscellaneous()
      case AFTER.prefixFd:
        return this.#vector()
      case AFTER.refused:
        return this.#tailCall(opcode)
      default:
        skipAfter(source, AFTER_OPCODE[opcode] as number)
        return this.#move(givesNothing(opcode) ? 0 : 1, change)
    }
  }

  /** What gives so many values, and changes the height of the stack by so much. */
  #move(given: number, change: number): void {
    this.#operands.take(given - change)
    this.#operands.give(given)
  }

  #enter(kind: 'block' | 'loop' | 'if'): void {
    const { parameters, results } = readBlockType(this.#source, this.#module.types)
    this.#operands.enter(kind === 'loop', parameters, results)
    this.locals.enter(kind)
  }

  #branch(label: number): void {
    this.#operands.branch(label)
    if (this.#operands.isReached) this.locals.branch(label)
  }

  #branchTable(): void {
    this.#operands.take(1)
    const labels = new Set<number>()
    for (let left = this.#source.u32(); left >= 0; left -= 1) labels.add(this.#source.u32())
    for (const label of labels) this.#branch(label)
    this.#operands.abandon()
  }

  #call(type: number | undefined): void {
    const { parameters, results } = this.#module.types[type ?? -1] ?? inadmissible('malformed: a call')
    this.#operands.take(parameters)
    this.#operands.give(results)
  }

  #callIndirect(): void {
    const type = this.#source.u32()
    this.#source.u32()
    this.#operands.take(1)
    this.#call(type)
  }

  #tailCall(opcode: number): void {
    if (opcode === TAIL_CALL.direct) this.#call(this.#module.functions[this.#source.u32()])
    else if (opcode === TAIL_CALL.indirect) this.#callIndirect()
    else refuseOpcode(opcode)
    this.#operands.abandon()
  }

  /** The prefix 0xfc: saturating truncation, and bulk work on memories and tables. */
  #miscellaneous(): void {
    const opcode = this.#source.u32()
    if (opcode <= LAST_TRUNCATION) {
      this.#pass(1)
      return this.#operands.push(EXACT)
    }
    const [indices, taken, given] = BULK_WORK[opcode] ?? inadmissible('malformed: an instruction')
    for (let left = indices; left > 0; left -= 1) this.#source.u32()
    this.#operands.take(taken)
    this.#operands.give(given)
  }

  #vector(): void {
    const opcode = this.#source.u32()
    if (opcode > 0xff) refuseVectorOpcode(opcode)
    const change = VECTOR_HEIGHT_CHANGE[opcode] as number
    if (opcode === V128_CONST) return this.#constant(16)
    skipAfterVector(this.#source, opcode)
    this.#vectors |= VECTOR_SHAPES[opcode] as number
    switch (VECTOR_TREATMENT[opcode]) {
      case TREAT.arithmetic:
        this.#pass(1 - change)
        return this.#pushResult(VECTOR_RESULT_SHAPE[opcode] as number)
      case TREAT.judges:
        this.#pass(1 - change)
        return this.#operands.push(EXACT)
      default:
        return this.#move(vectorGivesNothing(opcode) ? 0 : 1, change)
    }
  }
}
