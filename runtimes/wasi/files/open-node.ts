/** Opening by a path: what is made, and what is cut. */
import { FAULT } from './fault.ts'
import { found, resolve } from './resolve.ts'
import type { Disk } from './disk.ts'
import type { FileNode, FileSystemNode, FolderNode } from './node.ts'
import type { LastLink, Place } from './resolve.ts'

/** What is wanted of what is opened. */
export interface OpenWish {
  readonly isFollowed: boolean
  /** To be made where there is nothing. */
  readonly creates: boolean
  /** Together with `creates`: nothing may be there yet. */
  readonly isExclusive: boolean
  readonly truncates: boolean
  /** Nothing but a folder will do. */
  readonly needsFolder: boolean
  readonly writes: boolean
}

/** A folder is opened as it is; a file is made or cut as is wished. @throws {Fault} */
export function openNode(disk: Disk, from: FolderNode, path: string, wish: OpenWish): FileNode | FolderNode {
  const place = resolve(disk.meter, from, path, lastLink(wish))
  if (place.node !== undefined && wish.isExclusive && wish.creates) throw FAULT.exist
  const node = place.node === undefined ? create(disk, place, wish) : found(place)
  return node.kind === 'folder' ? openFolder(node, wish) : openFile(disk, node, wish)
}

function lastLink({ creates, isExclusive, isFollowed }: OpenWish): LastLink {
  // What is to be made anew must not be there, not even as a link to nothing.
  if (creates && isExclusive) return 'entry'
  return isFollowed ? 'follow' : 'nofollow'
}

function create(disk: Disk, { folder, name, needsFolder }: Place, wish: OpenWish): FileNode {
  if (!wish.creates) throw FAULT.noent
  if (wish.needsFolder) throw FAULT.inval
  if (needsFolder) throw FAULT.isdir
  checkWritable(folder)
  return disk.addFile(folder, name)
}

/** @throws {Fault} for a folder where nothing can be made: an input, or one that is removed */
export function checkWritable(folder: FolderNode): void {
  if (folder.device.isReadOnly) throw FAULT.rofs
  if (folder.links === 0) throw FAULT.noent
}

function openFolder(folder: FolderNode, { writes, creates, truncates }: OpenWish): FolderNode {
  if (writes || creates || truncates) throw FAULT.isdir
  return folder
}

function openFile(disk: Disk, node: Exclude<FileSystemNode, FolderNode>, wish: OpenWish): FileNode {
  if (node.kind === 'link') throw FAULT.loop
  if (wish.needsFolder) throw FAULT.notdir
  if ((wish.writes || wish.truncates) && node.device.isReadOnly) throw FAULT.rofs
  if (wish.truncates) disk.resize(node, 0)
  return node
}
