/** What one run has of the world through WASI preview 1. */
import { OutputBuffer } from './output-buffer.ts'
import { RandomStream } from './random.ts'
import type { Guest } from '../guest.ts'

/** Bytes of messages that are kept to explain a failure; the rest is taken and thrown away. */
const MESSAGE_BYTES_MAX = 4_096

/** What one run has of the world. */
export interface World {
  readonly guest: Guest
  readonly input: Uint8Array
  inputAt: number
  readonly output: OutputBuffer
  readonly messages: OutputBuffer
  readonly random: RandomStream
  /** Program name and method, as UTF-8 with a final zero byte. */
  readonly arguments: readonly Uint8Array[]
  /** Descriptors 0 to 2 that the guest has not closed. */
  readonly open: boolean[]
}

export interface WorldSettings {
  readonly guest: Guest
  readonly arguments: readonly Uint8Array[]
  /** A command reads the arguments from 0 and writes its result to 1; a reactor does neither. */
  readonly isCommand: boolean
}

const EMPTY = new Uint8Array(0)

export function createWorld(settings: WorldSettings): World {
  const { guest, isCommand } = settings
  const messages = new OutputBuffer(MESSAGE_BYTES_MAX)
  return {
    guest,
    input: isCommand ? guest.call.input : EMPTY,
    inputAt: 0,
    output: isCommand ? new OutputBuffer(guest.call.budget.outputBytes) : messages,
    messages,
    random: new RandomStream(guest.call),
    arguments: settings.arguments,
    open: [true, true, true],
  }
}
