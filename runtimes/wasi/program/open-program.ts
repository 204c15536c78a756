/** What a program begins with: streams on 0 to 2, its folders from 3 on, arguments and environment. */
import { Disk } from '../preview1/files/disk.ts'
import { Descriptors } from '../preview1/files/descriptors.ts'
import { Fault } from '../preview1/files/fault.ts'
import { ALL_RIGHTS, FOLDER_RIGHTS, INPUT_RIGHTS, OUTPUT_RIGHTS } from '../preview1/files/rights.ts'
import { Halt } from '../halt.ts'
import { OutputBuffer } from '../preview1/output-buffer.ts'
import { RandomStream } from '../preview1/random.ts'
import { RunClock } from '../preview1/system/run-clock.ts'
import { PROGRAM_LIMITS } from './limits.ts'
import type { Guest } from '../guest.ts'
import type { StreamTarget } from '../preview1/files/descriptors.ts'
import type { FolderNode } from '../preview1/files/node.ts'
import type { System } from '../preview1/system/system.ts'
import type { OpenMount } from './mounts.ts'
import type { ProgramRequest } from './request.ts'

/** A call of a program, its inputs loaded. */
export interface LoadedProgram {
  readonly request: ProgramRequest
  readonly mounts: readonly OpenMount[]
  /** What loading the inputs costs the run. */
  readonly fuel: number
}

export interface OpenProgram extends System {
  /** Absent when nothing can be written. */
  readonly scratch: FolderNode | undefined
}

/** Bytes of messages that explain a failure. */
const MESSAGE_BYTES_MAX = 4_096

const utf8 = new TextEncoder()

export function openProgram(guest: Guest, name: string, { request, mounts }: LoadedProgram): OpenProgram {
  const clock = new RunClock()
  const disk = new Disk(clock, guest)
  const descriptors = new Descriptors(disk)
  openStream(descriptors, 'input', INPUT_RIGHTS)
  openStream(descriptors, 'output', OUTPUT_RIGHTS)
  openStream(descriptors, 'messages', OUTPUT_RIGHTS)
  let scratch: FolderNode | undefined
  for (const mount of mounts) {
    const folder = fill(disk, mount)
    if (mount.isScratch) scratch = folder
    const opened = { rights: FOLDER_RIGHTS, inheriting: ALL_RIGHTS, flags: 0, offset: 0 }
    descriptors.add({ target: folder, ...opened, mount: utf8.encode(mount.place) })
  }
  const outputLeft = Math.min(PROGRAM_LIMITS.streamBytes, guest.call.budget.outputBytes)
  return {
    guest,
    disk,
    descriptors,
    clock,
    random: new RandomStream(guest.call),
    arguments: [name, ...request.arguments].map(withZero),
    environment: request.environment.map(([variable, value]) => withZero(`${variable}=${value}`)),
    input: request.input,
    inputAt: 0,
    output: new OutputBuffer(outputLeft),
    errors: new OutputBuffer(outputLeft),
    outputLeft,
    messages: new OutputBuffer(MESSAGE_BYTES_MAX),
    scratch,
  }
}

function withZero(text: string): Uint8Array {
  return utf8.encode(`${text}\0`)
}

function openStream(descriptors: Descriptors, kind: StreamTarget['kind'], rights: number): void {
  descriptors.add({ target: { kind }, rights, inheriting: 0, flags: 0, offset: 0 })
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
