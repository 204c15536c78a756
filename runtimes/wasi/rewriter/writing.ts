/**
 * One function on its way from the module to what is written: instructions are copied as they are, and the host's own
 * are put between them.
 */
import { BOUNDS } from './bounds.ts'
import { CallGuard } from './call-guard.ts'
import { Control } from './control.ts'
import { FuelCode } from './fuel-code.ts'
import { inadmissible } from './inadmissible.ts'
import { Meter } from './meter.ts'
import { Settler } from './nan/settler.ts'
import { movedFunction } from './refill.ts'
import { Scratch } from './scratch.ts'
import { SizedWork } from './sized-work.ts'
import { Writer } from './writer.ts'
import type { Declarations } from './declarations.ts'
import type { Seen } from './facts.ts'
import type { Reader } from './reader.ts'

export class Writing {
  readonly module: Declarations
  /** Filled with what is come across. */
  readonly seen: Seen
  readonly out = new Writer(4096)
  readonly control = new Control()
  readonly scratch = new Scratch()
  readonly meter: Meter
  readonly sized: SizedWork
  readonly guard: CallGuard
  readonly settler: Settler
  /** The body that is being read. */
  source: Reader
  /** Whether an instruction or local of vectors has been met. */
  usesVectors = false
  /** Byte of the module at which the instructions begin. */
  start = 0
  /** Where what was not copied yet begins. */
  #uncopied = 0
  /** In all functions so far. */
  #additions = 0

  constructor(module: Declarations, code: Reader, seen: Seen) {
    const fuel = new FuelCode(this.scratch, module)
    this.module = module
    this.seen = seen
    this.source = code
    this.meter = new Meter(this.out, fuel)
    this.sized = new SizedWork(this.out, fuel)
    this.guard = new CallGuard(this.out, this.scratch, module.fuelGlobal + 1)
    this.settler = new Settler(module, code)
  }

  /** Begins with the instructions, which come next in the body. */
  begin(): void {
    this.out.clear()
    this.start = this.source.at
    this.#uncopied = this.start
  }

  /** Copies what was read up to here, so that something can be put after it. */
  copyTo(end: number): void {
    this.out.copy(this.source.bytes, this.#uncopied, end)
    this.#uncopied = end
  }

  copyAll(): void {
    this.copyTo(this.source.at)
  }

  /** Leaves out what was read from `start` on: something else is written for it. */
  replaceFrom(start: number): void {
    this.copyTo(start)
    this.#uncopied = this.source.at
  }

  /** Instead of the instruction read last: its opcode, and the index of its function or global as it is now. */
  writeIndex(start: number, index: number): void {
    this.replaceFrom(start)
    this.out.byte(this.source.bytes[start] as number)
    this.out.u32(index)
  }

  writeMoved(start: number, index: number): void {
    this.writeIndex(start, movedFunction(index, this.module.importedFunctions))
  }

  /** Before each place where a path to the host or to `unreachable` is put in: paths part there. */
  addPath(): void {
    this.control.cross()
    this.add()
  }

  /** Before each place where instructions are put in. */
  add(): void {
    this.#additions += 1
    if (this.#additions > BOUNDS.additions) {
      inadmissible(`more than ${BOUNDS.additions} calls, loops and other metered instructions`)
    }
  }
}
