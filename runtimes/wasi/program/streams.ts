/** The three streams of a program: what it is given to read, and what it writes, bounded together. */
import { Halt } from '../halt.ts'
import { OutputBuffer } from '../preview1/output-buffer.ts'
import { PROGRAM_LIMITS } from './limits.ts'
import type { Guest } from '../guest.ts'

/** Standard output, and messages beside it. */
export type OutputName = 'output' | 'messages'

/** Bytes of messages that explain a failure. */
const MESSAGE_BYTES_MAX = 4_096

export class ProgramStreams {
  readonly #guest: Guest
  readonly #input: Uint8Array
  #inputAt = 0
  readonly #written: Readonly<Record<OutputName, OutputBuffer>>
  /** The beginning of the messages. */
  readonly #explanation = new OutputBuffer(MESSAGE_BYTES_MAX)
  /** Bytes that may still be written, to both together. */
  #room: number

  constructor(guest: Guest, input: Uint8Array) {
    this.#guest = guest
    this.#input = input
    this.#room = Math.min(PROGRAM_LIMITS.streamBytes, guest.call.budget.outputBytes)
    this.#written = { output: new OutputBuffer(this.#room), messages: new OutputBuffer(this.#room) }
  }

  get inputLeft(): number {
    return this.#input.length - this.#inputAt
  }

  /** The next bytes of the input, as many as are left. */
  read(bytesMax: number): Uint8Array {
    const bytes = this.#input.subarray(this.#inputAt, this.#inputAt + bytesMax)
    this.#guest.chargeBytes(bytes.length)
    this.#inputAt += bytes.length
    return bytes
  }

  write(target: OutputName, bytes: Uint8Array): void {
    if (bytes.length > this.#room)
      throw new Halt('BUDGET_OUTPUT', 'more was written to 1 and 2 than a result may hold')
    this.#guest.chargeBytes(bytes.length)
    this.#room -= bytes.length
    this.#written[target].write(bytes)
    if (target === 'messages') this.#explanation.write(bytes.subarray(0, this.#explanation.room))
  }

  /** All that was written. */
  finish(target: OutputName): Uint8Array {
    return this.#written[target].finish()
  }

  /** What there is of messages to explain a failure with. */
  explanation(): Uint8Array {
    return this.#explanation.finish()
  }
}
