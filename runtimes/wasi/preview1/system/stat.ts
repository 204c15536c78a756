/** What preview 1 tells of things, in the layout of the snapshot. */
import { ERRNO } from '../errno.ts'
import { FAULT } from '../files/fault.ts'
import { FILE_TYPE } from '../files/node.ts'
import { view } from './guest-memory.ts'
import type { Guest } from '../../guest.ts'
import type { Descriptor } from '../files/descriptors.ts'
import type { FileSystemNode } from '../files/node.ts'
import type { RunClock } from './run-clock.ts'

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

function sizeOf(node: FileSystemNode): number {
  if (node.kind === 'file') return node.content.size
  return node.kind === 'link' ? node.bytes : 0
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
  if (node.device.isReadOnly) throw FAULT.rofs
  const now = clock.realtime
  const { times } = node
  if ((flags & TIME.access) !== 0) times.accessed = BigInt.asUintN(64, accessed)
  if ((flags & TIME.accessNow) !== 0) times.accessed = now
  if ((flags & TIME.modify) !== 0) times.modified = BigInt.asUintN(64, modified)
  if ((flags & TIME.modifyNow) !== 0) times.modified = now
  times.changed = now
  return ERRNO.success
}
