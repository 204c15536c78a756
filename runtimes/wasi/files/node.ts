/** What a name can stand for: a file, a folder or a symbolic link. */
import type { FileBytes } from './file-bytes.ts'

/** One mount, or the scratch folder: no name reaches from one to another. */
export interface Device {
  readonly id: number
  /** An input: nothing in it ever changes. */
  readonly isReadOnly: boolean
}

interface Common {
  readonly device: Device
  readonly ino: number
  /** Names it has; none once it is removed, though descriptors may still hold it. */
  links: number
  /** Descriptors that are open on it. */
  opens: number
  readonly times: Times
}

/** Nanoseconds since 1970 by the clock of the run. */
export interface Times {
  accessed: bigint
  modified: bigint
  changed: bigint
}

export interface FileNode extends Common {
  readonly kind: 'file'
  readonly content: FileBytes
  /** Kept of an input for the output; a program cannot see or change it. */
  readonly isExecutable: boolean
}

export interface LinkNode extends Common {
  readonly kind: 'link'
  readonly target: string
  /** Bytes of the target, which count like those of a file. */
  readonly bytes: number
}

export interface FolderNode extends Common {
  readonly kind: 'folder'
  readonly entries: Map<string, FolderEntry>
  /** Itself at the top of a device. */
  parent: FolderNode
  /** Cookie of the next entry: they only grow, so that reading on finds its place whatever was removed. */
  nextCookie: number
  /** Entries in the order of their cookies, removed ones among them; made anew after one is added. */
  listing: readonly FolderEntry[] | undefined
}

export interface FolderEntry {
  readonly name: string
  readonly node: FileSystemNode
  readonly cookie: number
}

export type FileSystemNode = FileNode | FolderNode | LinkNode

/** Cookies 0 and 1 are those of `.` and `..`. */
export const FIRST_COOKIE = 2

/** As many bytes as its content, or the target of a link, has. */
export function sizeOf(node: FileSystemNode): number {
  if (node.kind === 'file') return node.content.size
  return node.kind === 'link' ? node.bytes : 0
}
