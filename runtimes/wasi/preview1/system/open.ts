/** `path_open`: what is opened, and which rights the new descriptor has. */
import { FAULT } from '../../files/fault.ts'
import { openNode } from '../../files/open-node.ts'
import { FLAG, folderOf } from './descriptors.ts'
import { FILE_RIGHTS, FOLDER_RIGHTS, RIGHT } from './rights.ts'
import type { Disk } from '../../files/disk.ts'
import type { Descriptor } from './descriptors.ts'

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
  const { path, isFollowed, rights, inheriting, descriptorFlags } = request
  const node = openNode(disk, folder, path, {
    isFollowed,
    creates: has(request, OPEN.create),
    isExclusive: has(request, OPEN.exclusive),
    truncates: has(request, OPEN.truncate),
    needsFolder: has(request, OPEN.folder),
    writes: (rights & RIGHT.fdWrite) !== 0,
  })
  const opened = { target: node, flags: descriptorFlags, offset: 0 }
  return node.kind === 'folder'
    ? { ...opened, rights: rights & FOLDER_RIGHTS, inheriting }
    : { ...opened, rights: rights & FILE_RIGHTS, inheriting: 0 }
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

function has({ flags }: OpenRequest, any: number): boolean {
  return (flags & any) !== 0
}
