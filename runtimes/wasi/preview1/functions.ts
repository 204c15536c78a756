/** The functions of preview 1 that do something here. Addresses come as i32: `Guest.slice` reads them unsigned. */
import { Halt } from '../halt.ts'
import { ERRNO } from './errno.ts'
import { eachPart } from './parts.ts'
import type { OutputBuffer } from './output-buffer.ts'
import type { Preview1Name } from './signatures.ts'
import type { World } from './world.ts'

type Implementation = (world: World, ...values: never[]) => number

const STDIN = 0
const STDERR = 2
/** Some milliseconds of drawing, between two looks at the wall time. */
const RANDOM_BYTES_AT_ONCE = 64 * 1_024

const CLOCKS = 4
const RIGHT_READ = 1 << 1
const RIGHT_WRITE = 1 << 6
const FDSTAT_BYTES = 24

export const FUNCTIONS: { readonly [Name in Preview1Name]?: Implementation } = {
  args_sizes_get: (world, countAt: number, bytesAt: number) => {
    const bytes = world.arguments.reduce((sum, argument) => sum + argument.length, 0)
    return writeSizes(world, countAt, world.arguments.length, bytesAt, bytes)
  },
  args_get: (world, pointersAt: number, bytesAt: number) => {
    let address = bytesAt >>> 0
    world.arguments.forEach((argument, index) => {
      write32(world, pointersAt + 4 * index, address)
      world.guest.slice(address, argument.length).set(argument)
      address += argument.length
    })
    return ERRNO.success
  },
  environ_sizes_get: (world, countAt: number, bytesAt: number) => writeSizes(world, countAt, 0, bytesAt, 0),
  environ_get: () => ERRNO.success,

  clock_res_get: (world, clock: number, resultAt: number) => writeTime(world, clock, resultAt, 1),
  clock_time_get: (world, clock: number, _precision: bigint, resultAt: number) =>
    writeTime(world, clock, resultAt, 0),

  random_get: (world, at: number, length: number) => {
    const target = world.guest.slice(at, length)
    world.guest.chargeBytes(target.length)
    for (let from = 0; from < target.length; from += RANDOM_BYTES_AT_ONCE) {
      world.guest.checkTime()
      world.random.fill(target.subarray(from, from + RANDOM_BYTES_AT_ONCE))
    }
    return ERRNO.success
  },

  fd_read: (world, descriptor: number, partsAt: number, count: number, readAt: number) => {
    if (descriptor !== STDIN || !isOpen(world, descriptor)) return ERRNO.badf
    return eachPart(world.guest, partsAt, count, readAt, (part) => read(world, part))
  },
  fd_write: (world, descriptor: number, partsAt: number, count: number, writtenAt: number) => {
    if (descriptor === STDIN || !isOpen(world, descriptor)) return ERRNO.badf
    const isMessage = descriptor === STDERR || world.output === world.messages
    const write = isMessage ? keep : deliver
    return eachPart(world.guest, partsAt, count, writtenAt, (part) => write(world, part))
  },
  fd_close: (world, descriptor: number) => {
    if (!isOpen(world, descriptor)) return ERRNO.badf
    world.open[descriptor] = false
    return ERRNO.success
  },
  fd_fdstat_get: (world, descriptor: number, resultAt: number) => {
    if (!isOpen(world, descriptor)) return ERRNO.badf
    // File type 0, unknown: not a terminal, so that libraries write in blocks.
    world.guest.slice(resultAt, FDSTAT_BYTES).fill(0)
    write32(world, resultAt + 8, descriptor === STDIN ? RIGHT_READ : RIGHT_WRITE)
    return ERRNO.success
  },
  fd_seek: (world, descriptor: number) => (isOpen(world, descriptor) ? ERRNO.spipe : ERRNO.badf),
  fd_tell: (world, descriptor: number) => (isOpen(world, descriptor) ? ERRNO.spipe : ERRNO.badf),
  // No directory is open, which is how programs find out that there are none.
  fd_prestat_get: () => ERRNO.badf,
  fd_prestat_dir_name: () => ERRNO.badf,

  sched_yield: () => ERRNO.success,
  proc_exit: (_world, code: number) => {
    throw new Halt('exit', String(code >>> 0))
  },
}

function isOpen(world: World, descriptor: number): boolean {
  return world.open[descriptor] === true
}

function read(world: World, part: Uint8Array): number {
  const bytes = world.input.subarray(world.inputAt, world.inputAt + part.length)
  world.guest.chargeBytes(bytes.length)
  part.set(bytes)
  world.inputAt += bytes.length
  return bytes.length
}

function deliver(world: World, part: Uint8Array): number {
  checkRoom(world.output, part)
  world.guest.chargeBytes(part.length)
  world.output.write(part)
  return part.length
}

/** Messages past the bound are taken and forgotten: a program must not fail because it explains too much. */
function keep(world: World, part: Uint8Array): number {
  world.guest.chargeBytes(part.length)
  world.messages.write(part.subarray(0, world.messages.room))
  return part.length
}

function checkRoom(output: OutputBuffer, part: Uint8Array): void {
  if (part.length > output.room) {
    throw new Halt('BUDGET_OUTPUT', `more than ${output.bytesMax} bytes were written`)
  }
}

function writeSizes(world: World, countAt: number, count: number, bytesAt: number, bytes: number): number {
  write32(world, countAt, count)
  write32(world, bytesAt, bytes)
  return ERRNO.success
}

/** The clock stands at zero: time is not a power that a handler has. */
function writeTime(world: World, clock: number, resultAt: number, nanoseconds: number): number {
  if (clock >>> 0 >= CLOCKS) return ERRNO.inval
  write32(world, resultAt, nanoseconds)
  write32(world, resultAt + 4, 0)
  return ERRNO.success
}

function write32(world: World, at: number, value: number): void {
  const target = world.guest.slice(at, 4)
  new DataView(target.buffer, target.byteOffset, 4).setUint32(0, value, true)
}
