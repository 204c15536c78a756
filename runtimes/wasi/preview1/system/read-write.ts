/** Bytes in and out of descriptors: files at a place, and the three streams a program begins with. */
import { ERRNO } from '../errno.ts'
import { placeIn, setSize, writeAt } from '../../files/content.ts'
import { FAULT } from '../../files/fault.ts'
import { eachPart } from '../parts.ts'
import { FLAG, fileOf } from './descriptors.ts'
import { write64 } from './guest-memory.ts'
import { RIGHT } from './rights.ts'
import type { FileNode } from '../../files/node.ts'
import type { OutputName } from '../../program/streams.ts'
import type { Descriptor } from './descriptors.ts'
import type { System, SystemFunction } from './system.ts'

export const READ_WRITE = {
  fd_read: (system, number: number, partsAt: number, count: number, readAt: number) => {
    const descriptor = system.descriptors.get(number)
    const take = reader(system, descriptor)
    checkRight(descriptor, RIGHT.fdRead)
    return eachPart(system.guest, partsAt, count, readAt, take)
  },
  fd_pread: (system, number: number, partsAt: number, count: number, offset: bigint, readAt: number) => {
    const descriptor = system.descriptors.get(number)
    const file = fileOf(descriptor)
    checkRight(descriptor, RIGHT.fdRead | RIGHT.fdSeek)
    const cursor = { offset: placeIn(offset) }
    return eachPart(system.guest, partsAt, count, readAt, (part) => readFile(system, file, cursor, part))
  },
  fd_write: (system, number: number, partsAt: number, count: number, writtenAt: number) => {
    const descriptor = system.descriptors.get(number)
    const take = writer(system, descriptor)
    checkRight(descriptor, RIGHT.fdWrite)
    return eachPart(system.guest, partsAt, count, writtenAt, take)
  },
  fd_pwrite: (system, number: number, partsAt: number, count: number, offset: bigint, writtenAt: number) => {
    const descriptor = system.descriptors.get(number)
    const file = fileOf(descriptor)
    checkRight(descriptor, RIGHT.fdWrite | RIGHT.fdSeek)
    const cursor = { offset: placeIn(offset), flags: descriptor.flags }
    return eachPart(system.guest, partsAt, count, writtenAt, (part) => writeFile(system, file, cursor, part))
  },
  fd_seek: (system, number: number, offset: bigint, whence: number, resultAt: number) => {
    const descriptor = system.descriptors.get(number)
    const file = fileOf(descriptor)
    const isTell = offset === 0n && whence === WHENCE.current
    if (!(isTell && (descriptor.rights & RIGHT.fdTell) !== 0)) checkRight(descriptor, RIGHT.fdSeek)
    descriptor.offset = placeIn(startOf(descriptor, file, whence) + offset)
    return write64(system.guest, resultAt, BigInt(descriptor.offset))
  },
  fd_tell: (system, number: number, resultAt: number) => {
    const descriptor = system.descriptors.get(number)
    fileOf(descriptor)
    if ((descriptor.rights & (RIGHT.fdTell | RIGHT.fdSeek)) === 0) throw FAULT.notcapable
    return write64(system.guest, resultAt, BigInt(descriptor.offset))
  },
  fd_allocate: (system, number: number, offset: bigint, length: bigint) => {
    const descriptor = system.descriptors.get(number)
    const file = fileOf(descriptor)
    checkRight(descriptor, RIGHT.fdAllocate)
    if (length === 0n) throw FAULT.inval
    const end = placeIn(BigInt.asUintN(64, offset) + BigInt.asUintN(64, length))
    if (file.device.isReadOnly) throw FAULT.rofs
    if (end > file.content.size) system.disk.resize(file, end)
    return ERRNO.success
  },
  fd_filestat_set_size: (system, number: number, size: bigint) => {
    const descriptor = system.descriptors.get(number)
    const file = fileOf(descriptor)
    checkRight(descriptor, RIGHT.fdFilestatSetSize)
    setSize(system.disk, file, BigInt.asUintN(64, size))
    return ERRNO.success
  },
} satisfies Record<string, SystemFunction>

const WHENCE = { set: 0, current: 1, end: 2 } as const

function startOf(descriptor: Descriptor, file: FileNode, whence: number): bigint {
  if (whence === WHENCE.set) return 0n
  if (whence === WHENCE.current) return BigInt(descriptor.offset)
  if (whence === WHENCE.end) return BigInt(file.content.size)
  throw FAULT.inval
}

function checkRight(descriptor: Descriptor, right: number): void {
  if ((descriptor.rights & right) !== right) throw FAULT.notcapable
}

type TakePart = (part: Uint8Array) => number

function reader(system: System, descriptor: Descriptor): TakePart {
  const { target } = descriptor
  if (target.kind === 'output' || target.kind === 'messages') throw FAULT.badf
  if (target.kind === 'input') return (part) => readInput(system, part)
  const file = fileOf(descriptor)
  return (part) => readFile(system, file, descriptor, part)
}

function writer(system: System, descriptor: Descriptor): TakePart {
  const { target } = descriptor
  if (target.kind === 'input') throw FAULT.badf
  const { kind } = target
  if (kind === 'output' || kind === 'messages') return (part) => writeStream(system, kind, part)
  const file = fileOf(descriptor)
  return (part) => writeFile(system, file, descriptor, part)
}

function readInput({ streams }: System, part: Uint8Array): number {
  const bytes = streams.read(part.length)
  part.set(bytes)
  return bytes.length
}

function readFile({ guest }: System, file: FileNode, cursor: { offset: number }, part: Uint8Array): number {
  const bytes = file.content.at(cursor.offset, part.length)
  guest.chargeBytes(bytes.length)
  part.set(bytes)
  cursor.offset += bytes.length
  return bytes.length
}

function writeFile(
  { disk }: System,
  file: FileNode,
  cursor: { offset: number; readonly flags: number },
  part: Uint8Array,
): number {
  const from = (cursor.flags & FLAG.append) === 0 ? cursor.offset : file.content.size
  writeAt(disk, file, from, part)
  cursor.offset = from + part.length
  return part.length
}

function writeStream({ streams }: System, target: OutputName, part: Uint8Array): number {
  streams.write(target, part)
  return part.length
}
