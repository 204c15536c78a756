/** What a program of preview 1 has of the world: files, descriptors, a clock, arguments, an environment. */
import { ALL_RIGHTS, FOLDER_RIGHTS, INPUT_RIGHTS, OUTPUT_RIGHTS } from './rights.ts'
import { Descriptors } from './descriptors.ts'
import type { Disk } from '../../files/disk.ts'
import type { RunClock } from '../../files/run-clock.ts'
import type { Guest } from '../../guest.ts'
import type { OpenProgram } from '../../program/open-program.ts'
import type { ProgramStreams } from '../../program/streams.ts'
import type { RandomStream } from '../random.ts'
import type { StreamTarget } from './descriptors.ts'

export interface System {
  readonly guest: Guest
  readonly disk: Disk
  readonly descriptors: Descriptors
  readonly clock: RunClock
  readonly random: RandomStream
  readonly streams: ProgramStreams
  /** As UTF-8, each with a final zero byte. */
  readonly arguments: readonly Uint8Array[]
  /** `NAME=value`, likewise. */
  readonly environment: readonly Uint8Array[]
}

/** One function of preview 1: an error number, or a {@link Fault}. */
export type SystemFunction = (system: System, ...values: never[]) => number

const utf8 = new TextEncoder()

/** Streams on 0 to 2, the folders of the program from 3 on. */
export function createSystem(program: OpenProgram): System {
  const { guest, disk, clock, random, streams, folders } = program
  const descriptors = new Descriptors(disk)
  openStream(descriptors, 'input', INPUT_RIGHTS)
  openStream(descriptors, 'output', OUTPUT_RIGHTS)
  openStream(descriptors, 'messages', OUTPUT_RIGHTS)
  for (const { place, folder } of folders) {
    const opened = { rights: FOLDER_RIGHTS, inheriting: ALL_RIGHTS, flags: 0, offset: 0 }
    descriptors.add({ target: folder, ...opened, mount: utf8.encode(place) })
  }
  return {
    ...{ guest, disk, descriptors, clock, random, streams },
    arguments: program.arguments.map(withZero),
    environment: program.environment.map(([name, value]) => withZero(`${name}=${value}`)),
  }
}

function withZero(text: string): Uint8Array {
  return utf8.encode(`${text}\0`)
}

function openStream(descriptors: Descriptors, kind: StreamTarget['kind'], rights: number): void {
  descriptors.add({ target: { kind }, rights, inheriting: 0, flags: 0, offset: 0 })
}
