/** Opening by a path: what is made, what is cut, and which rights the new descriptor has. */
import { FLAG, folderOf } from '../files/descriptors.ts'
import { FAULT } from '../files/fault.ts'
import { found, resolve } from '../files/resolve.ts'
import { FILE_RIGHTS, FOLDER_RIGHTS, RIGHT } from '../files/rights.ts'
import type { Descriptor } from '../files/descriptors.ts'
import type { Disk } from '../files/disk.ts'
import type { FileNode, FileSystemNode, FolderNode } from '../files/node.ts'
import type { LastLink, Place } from '../files/resolve.ts'

const OPEN = { create: 1, folder: 2, exclusive: 4, truncate: 8, all: 15 } as const

/** What is asked of a new descriptor. */
export interface OpenRequest {
  readonly path: string
  readonly isFollowed: boolean
  readonly flags: number
  readonly rights: number
  readonly inheriting: number
  readonly descriptorFlags: number
}

/** @throws {Fault} */
export function open(disk: Disk, from: Descriptor, request: OpenRequest): Descriptor {
  const folder = folderOf(from)
  checkRequest(from, request)
  const place = resolve(disk.meter, folder, request.path, lastLink(request))
  if (place.node !== undefined && has(request, OPEN.exclusive) && has(request, OPEN.create)) throw FAULT.exist
  const node = place.node === undefined ? create(disk, place, request) : found(place)
  return node.kind === 'folder' ? openFolder(node, request) : openFile(disk, node, request)
}

function checkRequest(from: Descriptor, { flags, rights, inheriting, descriptorFlags }: OpenRequest): void {
  if ((flags & ~OPEN.all) !== 0 || (descriptorFlags & ~FLAG.all) !== 0) throw FAULT.inval
  const needed =
    RIGHT.pathOpen |
    ((flags & OPEN.create) === 0 ? 0 : RIGHT.pathCreateFile) |
    ((flags & OPEN.truncate) === 0 ? 0 : RIGHT.pathFilestatSetSize)
  if ((from.rights & needed) !== needed) throw FAULT.notcapable
  if (((rights | inheriting) & ~from.inheriting) !== 0) throw FAULT.notcapable
}

function lastLink(request: OpenRequest): LastLink {
  // What is to be made anew must not be there, not even as a link to nothing.
  if (has(request, OPEN.create) && has(request, OPEN.exclusive)) return 'entry'
  return request.isFollowed ? 'follow' : 'nofollow'
}

function create(disk: Disk, { folder, name, needsFolder }: Place, request: OpenRequest): FileNode {
  if (!has(request, OPEN.create)) throw FAULT.noent
  if (has(request, OPEN.folder)) throw FAULT.inval
  if (needsFolder) throw FAULT.isdir
  checkWritable(folder)
  return disk.addFile(folder, name)
}

/** @throws {Fault} for a folder where nothing can be made: an input, or one that is removed */
export function checkWritable(folder: FolderNode): void {
  if (folder.device.isReadOnly) throw FAULT.rofs
  if (folder.links === 0) throw FAULT.noent
}

function openFolder(folder: FolderNode, request: OpenRequest): Descriptor {
  const isWritten = (request.rights & RIGHT.fdWrite) !== 0 || has(request, OPEN.create | OPEN.truncate)
  if (isWritten) throw FAULT.isdir
  return {
    target: folder,
    rights: request.rights & FOLDER_RIGHTS,
    inheriting: request.inheriting,
    flags: request.descriptorFlags,
    offset: 0,
  }
}

function openFile(disk: Disk, node: Exclude<FileSystemNode, FolderNode>, request: OpenRequest): Descriptor {
  if (node.kind === 'link') throw FAULT.loop
  if (has(request, OPEN.folder)) throw FAULT.notdir
  const isWritten = (request.rights & RIGHT.fdWrite) !== 0 || has(request, OPEN.truncate)
  if (isWritten && node.device.isReadOnly) throw FAULT.rofs
  if (has(request, OPEN.truncate)) disk.resize(node, 0)
  return {
    target: node,
    rights: request.rights & FILE_RIGHTS,
    inheriting: 0,
    flags: request.descriptorFlags,
    offset: 0,
  }
}

function has({ flags }: OpenRequest, any: number): boolean {
  return (flags & any) !== 0
}
