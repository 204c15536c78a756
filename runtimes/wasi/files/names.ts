/** Making, moving and removing names. Each checks everything first, and then does not fail any more. */
import { FAULT } from './fault.ts'
import { checkWritable } from './open-node.ts'
import { found, resolve } from './resolve.ts'
import type { Disk } from './disk.ts'
import type { FileSystemNode, FolderNode } from './node.ts'
import type { LastLink, Place } from './resolve.ts'

/** A folder, and a path in it. */
export interface Where {
  readonly folder: FolderNode
  readonly path: string
}

export function placeOf({ meter }: Disk, { folder, path }: Where, last: LastLink): Place {
  return resolve(meter, folder, path, last)
}

export function makeFolder(disk: Disk, where: Where): void {
  const { folder, name, node } = placeOf(disk, where, 'entry')
  if (node !== undefined) throw FAULT.exist
  checkWritable(folder)
  disk.addFolder(folder, name)
}

/**
 * A link that leads out by `..`, or nowhere, can be made; it cannot be followed. One from the top of all files is not
 * made: which file it means would depend on where the folder lies.
 */
export function makeLink(disk: Disk, target: string, where: Where): void {
  if (target === '') throw FAULT.noent
  if (target.startsWith('/')) throw FAULT.perm
  const { folder, name, node, needsFolder } = placeOf(disk, where, 'entry')
  if (node !== undefined) throw needsFolder && node.kind !== 'folder' ? FAULT.notdir : FAULT.exist
  if (needsFolder) throw FAULT.noent
  checkWritable(folder)
  disk.addLink(folder, name, target)
}

/** A second name for the same file. */
export function linkFile(disk: Disk, from: Where, last: LastLink, to: Where): void {
  const node = found(placeOf(disk, from, last))
  const { folder, name, node: there, needsFolder } = placeOf(disk, to, 'entry')
  if (node.kind === 'folder') throw FAULT.perm
  if (there !== undefined) throw FAULT.exist
  if (needsFolder) throw FAULT.noent
  if (folder.device !== node.device) throw FAULT.xdev
  checkWritable(folder)
  disk.add(folder, name, node)
}

export function removeFolder(disk: Disk, where: Where): void {
  const place = placeOf(disk, where, 'entry')
  const node = found(place)
  if (node.kind !== 'folder') throw FAULT.notdir
  if (node.device.isReadOnly) throw FAULT.rofs
  if (place.name === '') throw FAULT.inval
  if (node.entries.size > 0) throw FAULT.notempty
  disk.remove(place.folder, place.name)
}

export function removeFile(disk: Disk, where: Where): void {
  const place = placeOf(disk, where, 'entry')
  const node = found(place)
  if (node.kind === 'folder') throw FAULT.isdir
  if (node.device.isReadOnly) throw FAULT.rofs
  disk.remove(place.folder, place.name)
}

export function rename(disk: Disk, from: Where, to: Where): void {
  const source = placeOf(disk, from, 'entry')
  const target = placeOf(disk, to, 'entry')
  const node = found(source)
  if (source.name === '' || target.name === '') throw FAULT.busy
  if (node.device !== target.folder.device) throw FAULT.xdev
  checkWritable(target.folder)
  if (node === target.node) return
  checkReplaced(node, target)
  if (node.kind === 'folder' && disk.isWithin(target.folder, node)) throw FAULT.inval
  disk.remove(target.folder, target.name)
  disk.move(source, target, node)
}

function checkReplaced(node: FileSystemNode, { node: there, needsFolder }: Place): void {
  if (node.kind !== 'folder') {
    if (there?.kind === 'folder') throw FAULT.isdir
    if (needsFolder) throw FAULT.notdir
    return
  }
  if (there === undefined) return
  if (there.kind !== 'folder') throw FAULT.notdir
  if (there.entries.size > 0) throw FAULT.notempty
}
