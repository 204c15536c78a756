/** Work that has a size, on memories and tables: it is paid for by what is on top of the stack when it is reached. */
import { PREFIXED } from './facts.ts'
import { FUEL, UNITS_PER_PAGE } from './fuel.ts'
import { inadmissible } from './inadmissible.ts'
import { endWithoutMemory } from './memory-growth.ts'
import type { Reader } from './reader.ts'
import type { Writing } from './writing.ts'

/** The index of a memory, of which there is one. */
export function readZero(source: Reader): void {
  if (source.byte() !== 0) inadmissible('the multi-memory proposal is not allowed')
}

export function writeMemoryGrowth(writing: Writing, start: number): void {
  const { max } = writing.module.memory
  readZero(writing.source)
  charge(writing, start, (count) => writing.sized.chargeGrowth(count, max, UNITS_PER_PAGE))
  endWithoutMemory(writing.out, writing.scratch, max, writing.module.fuelGlobal + 1)
}

/** The prefix 0xfc: saturating truncation, and bulk work on memories and tables. */
export function writeMiscellaneous(writing: Writing, start: number): void {
  const { control, seen, source } = writing
  const opcode = source.u32()
  seen.add(PREFIXED + opcode)
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
      readZero(source)
      return writeBytes(writing, start)
    case 0x09: // data.drop
    case 0x0d: // elem.drop
      return void source.u32()
    case 0x0a: // memory.copy
      readZero(source)
      readZero(source)
      return writeBytes(writing, start)
    case 0x0b: // memory.fill
      readZero(source)
      return writeBytes(writing, start)
    case 0x0c: // table.init
    case 0x0e: // table.copy
      source.u32()
      source.u32()
      return writeElements(writing, start)
    case 0x0f: // table.grow
      return writeTableGrowth(writing, start)
    case 0x10: // table.size
      source.u32()
      return control.change(1)
    case 0x11: // table.fill
      source.u32()
      return writeElements(writing, start)
    default:
      return inadmissible(`instruction 0xfc 0x${opcode.toString(16)} is not known`)
  }
}

function writeBytes(writing: Writing, start: number): void {
  charge(writing, start, (count) => writing.sized.chargeBytes(count))
  writing.control.change(-3)
}

function writeElements(writing: Writing, start: number): void {
  charge(writing, start, (count) => writing.sized.chargeElements(count))
  writing.control.change(-3)
}

function writeTableGrowth(writing: Writing, start: number): void {
  const table = writing.module.tables[writing.source.u32()]
  if (table === undefined) return inadmissible('malformed: growth of no table')
  charge(writing, start, (count) => writing.sized.chargeGrowth(count, table.max, FUEL.element))
  writing.control.change(-1)
}

/** Before the instruction that begins at `start` and has just been read. */
function charge(writing: Writing, start: number, by: (count: number) => void): void {
  writing.addPath()
  writing.copyTo(start)
  by(writing.scratch.local('count'))
  writing.meter.follow()
  writing.copyAll()
}
