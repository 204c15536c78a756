/** Bytes in and out of a file, at a place. */
import { FAULT } from './fault.ts'
import type { Disk } from './disk.ts'
import type { FileNode } from './node.ts'

/** Beyond it a place is no whole number of JavaScript; no file is ever as long. */
const PLACE_MAX = BigInt(Number.MAX_SAFE_INTEGER)

/** A place in a file. @throws {Fault} below zero, and where no file reaches */
export function placeIn(offset: bigint): number {
  if (offset < 0n) throw FAULT.inval
  if (offset > PLACE_MAX) throw FAULT.fbig
  return Number(offset)
}

/** @throws {Fault} for a file of an input, and where there is no room */
export function writeAt(disk: Disk, file: FileNode, from: number, bytes: Uint8Array): void {
  if (file.device.isReadOnly) throw FAULT.rofs
  disk.write(file, from, bytes)
}

/** @throws {Fault} likewise */
export function setSize(disk: Disk, file: FileNode, size: bigint): void {
  if (file.device.isReadOnly) throw FAULT.rofs
  disk.resize(file, placeIn(size))
}
