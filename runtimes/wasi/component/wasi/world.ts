/** What one run of a component has of the world. */
import { RandomStream } from '../../preview1/random.ts'
import { CallStreams } from './call-streams.ts'
import { OpenFiles } from './filesystem/open-files.ts'
import type { Guest } from '../../guest.ts'
import type { Asking } from '../../host/conversation.ts'
import type { OpenProgram } from '../../program/open-program.ts'
import type { OutputName } from '../../program/streams.ts'

export interface ComponentWorld {
  readonly guest: Guest
  /** Of a component that asks its host. */
  readonly asking: Asking | undefined
  readonly clock: WorldClock
  readonly random: RandomStream
  readonly streams: WorldStreams
  /** The name of the program first. */
  readonly arguments: readonly string[]
  readonly environment: readonly (readonly [name: string, value: string])[]
  /** Of a program that is called with files. */
  readonly files: OpenFiles | undefined
}

export interface WorldClock {
  /** Nanoseconds since the run began. */
  readonly elapsed: bigint
  /** What a clock shows to a guest. */
  tick(clock: number): bigint
  /** A moment by the nanoseconds since the run began. */
  moment(elapsed: bigint): bigint
  waitUntil(moment: bigint): void
}

export interface WorldStreams {
  /** The next bytes of the input, as many as are left. */
  read(bytesMax: number): Uint8Array
  write(target: OutputName, bytes: Uint8Array): void
  /** What there is of messages to explain a failure with. */
  explanation(): Uint8Array
}

/** Time is not a power that a handler has: every moment is now. */
const STILL: WorldClock = { elapsed: 0n, tick: () => 0n, moment: () => 0n, waitUntil: () => undefined }

export interface CallWorld extends ComponentWorld {
  readonly streams: CallStreams
}

/** Of a call of bytes: a program reads them, and writes its result; a library does neither. */
export function createComponentWorld(
  guest: Guest,
  programName: string,
  isProgram: boolean,
  asking?: Asking,
): CallWorld {
  return {
    guest,
    asking,
    clock: STILL,
    random: new RandomStream(guest.call),
    streams: new CallStreams(guest.call, isProgram),
    arguments: [programName, guest.call.method],
    environment: [],
    files: undefined,
  }
}

/** Of a program that is called with files. */
export function createProgramWorld(program: OpenProgram, asking?: Asking): ComponentWorld {
  const { guest, clock, random, streams, environment } = program
  return {
    ...{ guest, asking, clock, random, streams, environment },
    arguments: program.arguments,
    files: new OpenFiles(program),
  }
}
