/** A descriptor: a file or folder that is open, and for what. */
import { FAULT } from '../../../files/fault.ts'
import { HostObject } from '../../types/value.ts'
import { DESCRIPTOR_FLAG } from './types.ts'
import type { FileNode, FolderNode } from '../../../files/node.ts'
import type { OpenFiles } from './open-files.ts'

const FILE_FLAGS = ~DESCRIPTOR_FLAG.mutate

export class Descriptor extends HostObject {
  readonly files: OpenFiles
  readonly node: FileNode | FolderNode
  /** The bits of `descriptor-flags`. */
  readonly flags: number

  /** @throws {Fault} when too many are open */
  constructor(files: OpenFiles, node: FileNode | FolderNode, flags: number) {
    super()
    files.open(node)
    this.files = files
    this.node = node
    this.flags = node.kind === 'folder' ? flagsOf(node) : flags & FILE_FLAGS
  }

  override dropped(): void {
    this.files.close(this.node)
  }

  /** @throws {Fault} for a file */
  get folder(): FolderNode {
    if (this.node.kind === 'folder') return this.node
    throw FAULT.notdir
  }

  /** @throws {Fault} for a folder, and for a file that was not opened for this */
  file(flag: number): FileNode {
    if (this.node.kind === 'folder') throw FAULT.isdir
    if ((this.flags & flag) === 0) throw FAULT.badf
    return this.node
  }
}

/** What can be done to a folder is decided by where it is, and not by how it was opened. */
function flagsOf({ device }: FolderNode): number {
  return DESCRIPTOR_FLAG.read | (device.isReadOnly ? 0 : DESCRIPTOR_FLAG.mutate)
}
