/** What preview 1 does by a path: each begins with a folder that is open, and with the right it takes. */
import { ERRNO } from '../errno.ts'
import { folderOf } from './descriptors.ts'
import { FAULT } from '../../files/fault.ts'
import { found } from '../../files/resolve.ts'
import { RIGHT } from './rights.ts'
import { rightsOf } from './descriptor-functions.ts'
import { pathAt, write32 } from './guest-memory.ts'
import {
  linkFile,
  makeFolder,
  makeLink,
  placeOf,
  removeFile,
  removeFolder,
  rename,
} from '../../files/names.ts'
import { open } from './open.ts'
import { setTimes, writeFilestat } from './stat.ts'
import type { FileSystemNode } from '../../files/node.ts'
import type { LastLink } from '../../files/resolve.ts'
import type { Where } from '../../files/names.ts'
import type { System, SystemFunction } from './system.ts'

const FOLLOW = 1

const utf8 = new TextEncoder()

export const PATH_FUNCTIONS = {
  path_create_directory: (system, number: number, at: number, length: number) => {
    makeFolder(system.disk, where(system, number, RIGHT.pathCreateDirectory, at, length))
    return ERRNO.success
  },
  path_filestat_get: (system, number: number, flags: number, at: number, length: number, statAt: number) => {
    const node = nodeAt(system, where(system, number, RIGHT.pathFilestatGet, at, length), flags)
    return writeFilestat(system.guest, statAt, node)
  },
  path_filestat_set_times: (
    system,
    number: number,
    flags: number,
    at: number,
    length: number,
    accessed: bigint,
    modified: bigint,
    timeFlags: number,
  ) => {
    const node = nodeAt(system, where(system, number, RIGHT.pathFilestatSetTimes, at, length), flags)
    return setTimes(node, system.clock, accessed, modified, timeFlags)
  },
  path_link: (
    system,
    number: number,
    flags: number,
    at: number,
    length: number,
    toNumber: number,
    toAt: number,
    toLength: number,
  ) => {
    const from = where(system, number, RIGHT.pathLinkSource, at, length)
    const to = where(system, toNumber, RIGHT.pathLinkTarget, toAt, toLength)
    linkFile(system.disk, from, lastLink(flags), to)
    return ERRNO.success
  },
  path_open: (
    system,
    number: number,
    flags: number,
    at: number,
    length: number,
    openFlags: number,
    rights: bigint,
    inheriting: bigint,
    descriptorFlags: number,
    resultAt: number,
  ) => {
    // Before anything is made: what cannot be opened must not be there afterwards.
    const from = system.descriptors.get(number)
    system.descriptors.nextNumber()
    const opened = open(system.disk, from, {
      path: pathAt(system.guest, at, length),
      isFollowed: lastLink(flags) === 'follow',
      flags: openFlags,
      rights: rightsOf(rights),
      inheriting: rightsOf(inheriting),
      descriptorFlags,
    })
    return write32(system.guest, resultAt, system.descriptors.add(opened))
  },
  path_readlink: (
    system,
    number: number,
    at: number,
    length: number,
    bufferAt: number,
    bufferLength: number,
    usedAt: number,
  ) => {
    const node = nodeAt(system, where(system, number, RIGHT.pathReadlink, at, length), 0)
    if (node.kind !== 'link') throw FAULT.inval
    const buffer = system.guest.slice(bufferAt, bufferLength)
    const part = utf8.encode(node.target).subarray(0, buffer.length)
    system.guest.chargeBytes(part.length)
    buffer.set(part)
    return write32(system.guest, usedAt, part.length)
  },
  path_remove_directory: (system, number: number, at: number, length: number) => {
    removeFolder(system.disk, where(system, number, RIGHT.pathRemoveDirectory, at, length))
    return ERRNO.success
  },
  path_rename: (
    system,
    number: number,
    at: number,
    length: number,
    toNumber: number,
    toAt: number,
    toLength: number,
  ) => {
    const from = where(system, number, RIGHT.pathRenameSource, at, length)
    rename(system.disk, from, where(system, toNumber, RIGHT.pathRenameTarget, toAt, toLength))
    return ERRNO.success
  },
  path_symlink: (
    system,
    targetAt: number,
    targetLength: number,
    number: number,
    at: number,
    length: number,
  ) => {
    const target = pathAt(system.guest, targetAt, targetLength)
    makeLink(system.disk, target, where(system, number, RIGHT.pathSymlink, at, length))
    return ERRNO.success
  },
  path_unlink_file: (system, number: number, at: number, length: number) => {
    removeFile(system.disk, where(system, number, RIGHT.pathUnlinkFile, at, length))
    return ERRNO.success
  },
} satisfies Record<string, SystemFunction>

function where(system: System, number: number, right: number, at: number, length: number): Where {
  const descriptor = system.descriptors.get(number)
  const folder = folderOf(descriptor)
  system.descriptors.get(number, right)
  return { folder, path: pathAt(system.guest, at, length) }
}

function nodeAt(system: System, place: Where, flags: number): FileSystemNode {
  return found(placeOf(system.disk, place, lastLink(flags)))
}

function lastLink(flags: number): LastLink {
  return (flags & FOLLOW) === 0 ? 'nofollow' : 'follow'
}
