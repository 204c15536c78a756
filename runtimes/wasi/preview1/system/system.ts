/** What a program of preview 1 has of the world: files, descriptors, a clock, arguments, an environment. */
import type { Guest } from '../../guest.ts'
import type { Descriptors } from '../files/descriptors.ts'
import type { Disk } from '../files/disk.ts'
import type { OutputBuffer } from '../output-buffer.ts'
import type { RandomStream } from '../random.ts'
import type { RunClock } from './run-clock.ts'

export interface System {
  readonly guest: Guest
  readonly disk: Disk
  readonly descriptors: Descriptors
  readonly clock: RunClock
  readonly random: RandomStream
  /** As UTF-8, each with a final zero byte. */
  readonly arguments: readonly Uint8Array[]
  /** `NAME=value`, likewise. */
  readonly environment: readonly Uint8Array[]
  readonly input: Uint8Array
  inputAt: number
  readonly output: OutputBuffer
  readonly errors: OutputBuffer
  /** Bytes that may still be written to 1 and 2 together. */
  outputLeft: number
  /** The beginning of what was written to 2, to explain a failure. */
  readonly messages: OutputBuffer
}

/** One function of preview 1: an error number, or a {@link Fault}. */
export type SystemFunction = (system: System, ...values: never[]) => number
