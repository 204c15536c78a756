/** What a program begins with, whatever it meets it through: streams, folders, arguments and environment. */
import { Disk } from '../files/disk.ts'
import { Fault } from '../files/fault.ts'
import { RunClock } from '../files/run-clock.ts'
import { Halt } from '../halt.ts'
import { RandomStream } from '../preview1/random.ts'
import { ProgramStreams } from './streams.ts'
import type { FolderNode } from '../files/node.ts'
import type { Guest } from '../guest.ts'
import type { OpenMount } from './mounts.ts'
import type { ProgramRequest } from './request.ts'

/** A call of a program, its inputs loaded. */
export interface LoadedProgram {
  readonly request: ProgramRequest
  readonly mounts: readonly OpenMount[]
  /** What loading the inputs costs the run. */
  readonly fuel: number
}

/** A folder that a program begins with, and the name under which it finds it. */
export interface OpenFolder {
  readonly place: string
  readonly folder: FolderNode
}

export interface OpenProgram {
  readonly guest: Guest
  readonly disk: Disk
  readonly clock: RunClock
  readonly random: RandomStream
  readonly streams: ProgramStreams
  /** The name of the program first. */
  readonly arguments: readonly string[]
  readonly environment: ProgramRequest['environment']
  readonly folders: readonly OpenFolder[]
  /** Absent when nothing can be written. */
  readonly scratch: FolderNode | undefined
}

export function openProgram(guest: Guest, name: string, { request, mounts }: LoadedProgram): OpenProgram {
  const clock = new RunClock()
  const disk = new Disk(clock, guest)
  const folders: OpenFolder[] = []
  let scratch: FolderNode | undefined
  for (const mount of mounts) {
    const folder = fill(disk, mount)
    if (mount.isScratch) scratch = folder
    folders.push({ place: mount.place, folder })
  }
  return {
    ...{ guest, disk, clock, folders, scratch },
    random: new RandomStream(guest.call),
    streams: new ProgramStreams(guest, request.input),
    arguments: [name, ...request.arguments],
    environment: request.environment,
  }
}

function fill(disk: Disk, { isScratch, entries, place }: OpenMount): FolderNode {
  const top = disk.createDevice(!isScratch)
  const folders = new Map<string, FolderNode>([['', top]])
  try {
    for (const entry of entries) {
      const slash = entry.path.lastIndexOf('/')
      const parent = folders.get(entry.path.slice(0, Math.max(0, slash))) ?? top
      const name = entry.path.slice(slash + 1)
      if (entry.kind === 'folder') folders.set(entry.path, disk.addFolder(parent, name))
      else if (entry.kind === 'link') disk.addLink(parent, name, entry.target)
      else disk.addFile(parent, name, entry.bytes, entry.isExecutable)
    }
  } catch (error) {
    // The folders of the mounts count as well, so the last entries may find no room.
    if (error instanceof Fault) throw new Halt('LIMIT', `no room for what is at ${JSON.stringify(place)}`)
    throw error
  }
  return top
}
