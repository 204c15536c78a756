/** What preview 1 does to open descriptors, reading and writing apart. */
import { ERRNO } from '../errno.ts'
import { FLAG } from './descriptors.ts'
import { FAULT } from '../../files/fault.ts'
import { RIGHT } from './rights.ts'
import { readFolder } from './read-folder.ts'
import { view } from './guest-memory.ts'
import { setTimes, writeFdstat, writeFilestat } from './stat.ts'
import type { Descriptor } from './descriptors.ts'
import type { System, SystemFunction } from './system.ts'

const ADVICES = 6
const PRESTAT_BYTES = 8

export const DESCRIPTOR_FUNCTIONS = {
  fd_advise: (system, number: number, _offset: bigint, _length: bigint, advice: number) => {
    system.descriptors.get(number, RIGHT.fdAdvise)
    if (advice >>> 0 >= ADVICES) throw FAULT.inval
    return ERRNO.success
  },
  fd_close: (system, number: number) => {
    system.descriptors.close(number)
    return ERRNO.success
  },
  // Nothing of a run is anywhere but in memory, so there is nothing to wait for.
  fd_datasync: (system, number: number) => {
    system.descriptors.get(number, RIGHT.fdDatasync)
    return ERRNO.success
  },
  fd_sync: (system, number: number) => {
    system.descriptors.get(number, RIGHT.fdSync)
    return ERRNO.success
  },
  fd_fdstat_get: (system, number: number, resultAt: number) =>
    writeFdstat(system.guest, resultAt, system.descriptors.get(number)),
  fd_fdstat_set_flags: (system, number: number, flags: number) => {
    const descriptor = system.descriptors.get(number, RIGHT.fdFdstatSetFlags)
    if ((flags & ~FLAG.all) !== 0) throw FAULT.inval
    descriptor.flags = flags
    return ERRNO.success
  },
  fd_fdstat_set_rights: (system, number: number, rights: bigint, inheriting: bigint) => {
    const descriptor = system.descriptors.get(number)
    const given = { rights: rightsOf(rights), inheriting: rightsOf(inheriting) }
    const isMore =
      (given.rights & ~descriptor.rights) !== 0 || (given.inheriting & ~descriptor.inheriting) !== 0
    if (isMore) throw FAULT.notcapable
    Object.assign(descriptor, given)
    return ERRNO.success
  },
  fd_filestat_get: (system, number: number, resultAt: number) => {
    const { target } = system.descriptors.get(number, RIGHT.fdFilestatGet)
    return writeFilestat(system.guest, resultAt, target)
  },
  fd_filestat_set_times: (system, number: number, accessed: bigint, modified: bigint, flags: number) => {
    const { target } = system.descriptors.get(number)
    if (!('ino' in target)) throw FAULT.badf
    system.descriptors.get(number, RIGHT.fdFilestatSetTimes)
    return setTimes(target, system.clock, accessed, modified, flags)
  },
  fd_prestat_get: (system, number: number, resultAt: number) => {
    const mount = mountOf(system, number)
    const stat = view(system.guest, resultAt, PRESTAT_BYTES)
    stat.setUint32(0, 0, true)
    stat.setUint32(4, mount.length, true)
    return ERRNO.success
  },
  fd_prestat_dir_name: (system, number: number, at: number, length: number) => {
    const mount = mountOf(system, number)
    if (length >>> 0 < mount.length) throw FAULT.nametoolong
    system.guest.slice(at, mount.length).set(mount)
    return ERRNO.success
  },
  fd_readdir: (system, number: number, at: number, length: number, cookie: bigint, usedAt: number) => {
    const descriptor = system.descriptors.get(number)
    if (descriptor.target.kind === 'folder') system.descriptors.get(number, RIGHT.fdReaddir)
    return readFolder(system, descriptor, { at, length, cookie: BigInt.asUintN(64, cookie), usedAt })
  },
  fd_renumber: (system, from: number, to: number) => {
    system.descriptors.renumber(from, to)
    return ERRNO.success
  },

  sock_accept: (system, number: number) => noSocket(system, number),
  sock_recv: (system, number: number) => noSocket(system, number),
  sock_send: (system, number: number) => noSocket(system, number),
  sock_shutdown: (system, number: number) => noSocket(system, number),
} satisfies Record<string, SystemFunction>

/** The bits that are rights at all: libraries ask for those that they do not know of, too. */
export function rightsOf(bits: bigint): number {
  return Number(BigInt.asUintN(30, bits))
}

function mountOf(system: System, number: number): Uint8Array {
  const { mount }: Descriptor = system.descriptors.get(number)
  if (mount === undefined) throw FAULT.badf
  return mount
}

function noSocket(system: System, number: number): never {
  system.descriptors.get(number)
  throw FAULT.notsock
}
