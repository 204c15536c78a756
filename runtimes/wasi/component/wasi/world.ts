/** What one run of a component has of the world. */
import { OutputBuffer } from '../../preview1/output-buffer.ts'
import { RandomStream } from '../../preview1/random.ts'
import type { Guest } from '../../guest.ts'
import type { Asking } from '../../host/conversation.ts'

/** Bytes of messages that are kept to explain a failure; the rest is taken and thrown away. */
const MESSAGE_BYTES_MAX = 4_096
const EMPTY = new Uint8Array(0)

export interface ComponentWorld {
  readonly guest: Guest
  /** Of a component that asks its host. */
  readonly asking: Asking | undefined
  readonly input: Uint8Array
  inputAt: number
  readonly output: OutputBuffer
  readonly messages: OutputBuffer
  readonly random: RandomStream
  /** Program name and method. */
  readonly arguments: readonly string[]
}

/** A program reads the arguments of the call, and writes its result; a library does neither. */
export function createComponentWorld(
  guest: Guest,
  programName: string,
  isProgram: boolean,
  asking?: Asking,
): ComponentWorld {
  const messages = new OutputBuffer(MESSAGE_BYTES_MAX)
  return {
    guest,
    asking,
    input: isProgram ? guest.call.input : EMPTY,
    inputAt: 0,
    output: isProgram ? new OutputBuffer(guest.call.budget.outputBytes) : messages,
    messages,
    random: new RandomStream(guest.call),
    arguments: [programName, guest.call.method],
  }
}
