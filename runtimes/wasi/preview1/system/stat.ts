/** What preview 1 tells of things, in the layout of the snapshot. */
import { ERRNO } from '../errno.ts'
import { FAULT } from '../../files/fault.ts'
import { sizeOf } from '../../files/node.ts'
import { setTimes as setTimesOf } from '../../files/times.ts'
import { FILE_TYPE } from './file-type.ts'
import { view } from './guest-memory.ts'
import type { Guest } from '../../guest.ts'
import type { Descriptor } from './descriptors.ts'
import type { FileSystemNode } from '../../files/node.ts'
import type { RunClock } from '../../files/run-clock.ts'
import type { NewTime } from '../../files/times.ts'

const FILESTAT_BYTES = 64
const FDSTAT_BYTES = 24

export function writeFilestat(guest: Guest, at: number, target: Descriptor['target']): number {
  const stat = view(guest, at, FILESTAT_BYTES)
  for (let offset = 0; offset < FILESTAT_BYTES; offset += 8) stat.setBigUint64(offset, 0n, true)
  stat.setUint8(16, fileType(target))
  stat.setBigUint64(24, 1n, true)
  if (!('ino' in target)) return ERRNO.success
  stat.setBigUint64(0, BigInt(target.device.id), true)
  stat.setBigUint64(8, BigInt(target.ino), true)
  stat.setBigUint64(24, BigInt(target.links), true)
  stat.setBigUint64(32, BigInt(sizeOf(target)), true)
  stat.setBigUint64(40, target.times.accessed, true)
  stat.setBigUint64(48, target.times.modified, true)
  stat.setBigUint64(56, target.times.changed, true)
  return ERRNO.success
}

export function writeFdstat(guest: Guest, at: number, descriptor: Descriptor): number {
  const stat = view(guest, at, FDSTAT_BYTES)
  stat.setBigUint64(0, 0n, true)
  stat.setUint8(0, fileType(descriptor.target))
  stat.setUint16(2, descriptor.flags, true)
  stat.setBigUint64(8, BigInt(descriptor.rights), true)
  stat.setBigUint64(16, BigInt(descriptor.inheriting), true)
  return ERRNO.success
}

/** A stream is of type 0, unknown: no terminal, so that libraries write in blocks. */
function fileType(target: Descriptor['target']): number {
  return 'ino' in target ? FILE_TYPE[target.kind] : FILE_TYPE.unknown
}

const TIME = { access: 1, accessNow: 2, modify: 4, modifyNow: 8, all: 15 } as const

/** @throws {Fault} for flags that contradict one another, before anything is set */
export function setTimes(
  node: FileSystemNode,
  clock: RunClock,
  accessed: bigint,
  modified: bigint,
  flags: number,
): number {
  const both = (one: number, other: number): boolean => (flags & one) !== 0 && (flags & other) !== 0
  if ((flags & ~TIME.all) !== 0) throw FAULT.inval
  if (both(TIME.access, TIME.accessNow) || both(TIME.modify, TIME.modifyNow)) throw FAULT.inval
  setTimesOf(
    node,
    clock,
    timeOf(flags, TIME.access, TIME.accessNow, accessed),
    timeOf(flags, TIME.modify, TIME.modifyNow, modified),
  )
  return ERRNO.success
}

function timeOf(flags: number, given: number, now: number, time: bigint): NewTime {
  if ((flags & now) !== 0) return 'now'
  return (flags & given) === 0 ? undefined : BigInt.asUintN(64, time)
}
