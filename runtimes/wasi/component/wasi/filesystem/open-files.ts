/** What a program has open: descriptors, streams of files and readers of folders, bounded together. */
import { FAULT } from '../../../files/fault.ts'
import { FILE_LIMITS } from '../../../files/limits.ts'
import type { Disk } from '../../../files/disk.ts'
import type { FileSystemNode } from '../../../files/node.ts'
import type { OpenFolder, OpenProgram } from '../../../program/open-program.ts'

export class OpenFiles {
  readonly disk: Disk
  /** Those that a program begins with. */
  readonly folders: readonly OpenFolder[]
  #open = 0

  constructor({ disk, folders }: Pick<OpenProgram, 'disk' | 'folders'>) {
    this.disk = disk
    this.folders = folders
  }

  /** Before anything is made: what cannot be opened must not be there afterwards. @throws {Fault} */
  checkRoom(): void {
    if (this.#open >= FILE_LIMITS.descriptors) throw FAULT.mfile
  }

  /** @throws {Fault} when too many are open */
  open(node: FileSystemNode): void {
    this.checkRoom()
    this.#open += 1
    this.disk.open(node)
  }

  close(node: FileSystemNode): void {
    this.#open -= 1
    this.disk.close(node)
  }
}
