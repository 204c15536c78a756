/** What is done by a path from a folder that is open (spec/preview1.md, "Paths"). */
import { FAULT } from '../../../files/fault.ts'
import {
  linkFile,
  makeFolder,
  makeLink,
  placeOf,
  removeFile,
  removeFolder,
  rename,
} from '../../../files/names.ts'
import { openNode } from '../../../files/open-node.ts'
import { checkPath } from '../../../files/path.ts'
import { found } from '../../../files/resolve.ts'
import { setTimes } from '../../../files/times.ts'
import { ownType } from '../../types/handle.ts'
import { STRING_TYPE } from '../../types/text.ts'
import { Descriptor } from './descriptor.ts'
import { BORROW, method } from './method.ts'
import {
  DESCRIPTOR,
  DESCRIPTOR_FLAG,
  DESCRIPTOR_FLAGS,
  DESCRIPTOR_STAT,
  FOLLOW,
  METADATA_HASH,
  metadataHashOf,
  NEW_TIMESTAMP,
  newTimeOf,
  OPEN_FLAG,
  OPEN_FLAGS,
  PATH_FLAGS,
  statOf,
} from './types.ts'
import type { FileSystemNode } from '../../../files/node.ts'
import type { Where } from '../../../files/names.ts'
import type { LastLink } from '../../../files/resolve.ts'
import type { Value } from '../../types/value.ts'
import type { HostFunction } from '../offer.ts'

export const PATH_FUNCTIONS: Readonly<Record<string, HostFunction>> = {
  'create-directory-at': method([STRING_TYPE], undefined, (descriptor, [path]) =>
    makeFolder(descriptor.files.disk, where(descriptor, path)),
  ),
  'stat-at': method([PATH_FLAGS, STRING_TYPE], DESCRIPTOR_STAT, (descriptor, [flags, path]) =>
    statOf(nodeAt(descriptor, flags, path)),
  ),
  'set-times-at': method(
    [PATH_FLAGS, STRING_TYPE, NEW_TIMESTAMP, NEW_TIMESTAMP],
    undefined,
    (descriptor, [flags, path, accessed, modified]) => {
      const node = nodeAt(descriptor, flags, path)
      setTimes(node, descriptor.files.disk.clock, newTimeOf(accessed), newTimeOf(modified))
    },
  ),
  'link-at': method(
    [PATH_FLAGS, STRING_TYPE, BORROW, STRING_TYPE],
    undefined,
    (descriptor, [flags, path, to, newPath]) =>
      linkFile(
        descriptor.files.disk,
        where(descriptor, path),
        lastLink(flags),
        where(to as Descriptor, newPath),
      ),
  ),
  'open-at': method(
    [PATH_FLAGS, STRING_TYPE, OPEN_FLAGS, DESCRIPTOR_FLAGS],
    ownType(DESCRIPTOR),
    (descriptor, [flags, path, openFlags, descriptorFlags]) =>
      open(descriptor, where(descriptor, path), {
        isFollowed: lastLink(flags) === 'follow',
        openFlags: openFlags as number,
        flags: descriptorFlags as number,
      }),
  ),
  'readlink-at': method([STRING_TYPE], STRING_TYPE, (descriptor, [path]) => {
    const node = nodeAt(descriptor, 0, path)
    if (node.kind !== 'link') throw FAULT.inval
    // The interface has links of an input that begin at the top of the world not shown.
    if (node.target.startsWith('/')) throw FAULT.perm
    return node.target
  }),
  'remove-directory-at': method([STRING_TYPE], undefined, (descriptor, [path]) =>
    removeFolder(descriptor.files.disk, where(descriptor, path)),
  ),
  'rename-at': method([STRING_TYPE, BORROW, STRING_TYPE], undefined, (descriptor, [path, to, newPath]) =>
    rename(descriptor.files.disk, where(descriptor, path), where(to as Descriptor, newPath)),
  ),
  'symlink-at': method([STRING_TYPE, STRING_TYPE], undefined, (descriptor, [target, path]) => {
    makeLink(descriptor.files.disk, checkPath(target as string), where(descriptor, path))
  }),
  'unlink-file-at': method([STRING_TYPE], undefined, (descriptor, [path]) =>
    removeFile(descriptor.files.disk, where(descriptor, path)),
  ),
  'metadata-hash-at': method([PATH_FLAGS, STRING_TYPE], METADATA_HASH, (descriptor, [flags, path]) =>
    metadataHashOf(nodeAt(descriptor, flags, path)),
  ),
}

function where({ folder }: Descriptor, path: Value | undefined): Where {
  return { folder, path: checkPath(path as string) }
}

function nodeAt(descriptor: Descriptor, flags: Value | undefined, path: Value | undefined): FileSystemNode {
  return found(placeOf(descriptor.files.disk, where(descriptor, path), lastLink(flags)))
}

function lastLink(flags: Value | undefined): LastLink {
  return ((flags as number) & FOLLOW) === 0 ? 'nofollow' : 'follow'
}

interface OpenRequest {
  readonly isFollowed: boolean
  readonly openFlags: number
  readonly flags: number
}

function open({ files }: Descriptor, { folder, path }: Where, request: OpenRequest): Descriptor {
  const { isFollowed, openFlags, flags } = request
  const has = (flag: number): boolean => (openFlags & flag) !== 0
  if ((flags & DESCRIPTOR_FLAG.mutate) !== 0 && folder.device.isReadOnly) throw FAULT.rofs
  files.checkRoom()
  const node = openNode(files.disk, folder, path, {
    isFollowed,
    creates: has(OPEN_FLAG.create),
    isExclusive: has(OPEN_FLAG.exclusive),
    truncates: has(OPEN_FLAG.truncate),
    needsFolder: has(OPEN_FLAG.directory),
    writes: (flags & DESCRIPTOR_FLAG.write) !== 0,
  })
  return new Descriptor(files, node, flags)
}
