/** The open descriptors of a run by their number; a new one gets the lowest that is free. */
import { FAULT } from '../../files/fault.ts'
import { FILE_LIMITS } from '../../files/limits.ts'
import type { Disk } from '../../files/disk.ts'
import type { FileNode, FileSystemNode, FolderNode } from '../../files/node.ts'

/** What comes in on 0, and what goes out on 1 and 2. */
export interface StreamTarget {
  readonly kind: 'input' | 'output' | 'messages'
}

export interface Descriptor {
  readonly target: FileSystemNode | StreamTarget
  rights: number
  inheriting: number
  flags: number
  offset: number
  /** The name under which a program finds this folder when it begins. */
  readonly mount?: Uint8Array
}

/** The flags that a descriptor can have. */
export const FLAG = { append: 1, all: 31 } as const

export class Descriptors {
  readonly #disk: Disk
  readonly #open: (Descriptor | undefined)[] = []
  /** No number below it is free. */
  #lowest = 0

  constructor(disk: Disk) {
    this.#disk = disk
  }

  /** @throws {Fault} when too many are open */
  add(descriptor: Descriptor): number {
    const number = this.nextNumber()
    this.#open[number] = descriptor
    this.#lowest = number + 1
    if ('ino' in descriptor.target) this.#disk.open(descriptor.target)
    return number
  }

  /** What the next one will be. @throws {Fault} when too many are open */
  nextNumber(): number {
    let number = this.#lowest
    while (this.#open[number] !== undefined) number += 1
    if (number >= FILE_LIMITS.descriptors) throw FAULT.mfile
    return number
  }

  /** @throws {Fault} when it is not open, or has less than one of the rights */
  get(number: number, rights = 0): Descriptor {
    const descriptor = this.#open[number >>> 0]
    if (descriptor === undefined) throw FAULT.badf
    if ((descriptor.rights & rights) !== rights) throw FAULT.notcapable
    return descriptor
  }

  close(number: number): void {
    const { target } = this.get(number)
    this.#open[number >>> 0] = undefined
    this.#lowest = Math.min(this.#lowest, number >>> 0)
    if ('ino' in target) this.#disk.close(target)
  }

  /** Puts one in the place of another, which is closed. */
  renumber(from: number, to: number): void {
    const moved = this.get(from)
    this.get(to)
    if (from >>> 0 === to >>> 0) return
    this.close(to)
    this.#open[to >>> 0] = moved
    this.#open[from >>> 0] = undefined
    this.#lowest = Math.min(this.#lowest, from >>> 0)
  }
}

/** @throws {Fault} for what is no file */
export function fileOf({ target }: Descriptor): FileNode {
  if (target.kind === 'file') return target
  throw target.kind === 'folder' ? FAULT.isdir : FAULT.spipe
}

/** @throws {Fault} for what is no folder */
export function folderOf({ target }: Descriptor): FolderNode {
  if (target.kind === 'folder') return target
  throw FAULT.notdir
}
