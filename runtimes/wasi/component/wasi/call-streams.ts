/** The streams of a component that is called with bytes: its arguments, its result, and messages. */
import { Halt } from '../../halt.ts'
import { OutputBuffer } from '../../preview1/output-buffer.ts'
import type { RuntimeCall } from '../../../../kernel/index.ts'
import type { OutputName } from '../../program/streams.ts'

/** Bytes of messages that are kept to explain a failure; the rest is taken and thrown away. */
const MESSAGE_BYTES_MAX = 4_096
const EMPTY = new Uint8Array(0)

export class CallStreams {
  readonly #input: Uint8Array
  #inputAt = 0
  readonly #messages = new OutputBuffer(MESSAGE_BYTES_MAX)
  /** Of a library it is for messages, too. */
  readonly #output: OutputBuffer

  constructor({ input, budget }: Pick<RuntimeCall, 'input' | 'budget'>, isProgram: boolean) {
    this.#input = isProgram ? input : EMPTY
    this.#output = isProgram ? new OutputBuffer(budget.outputBytes) : this.#messages
  }

  read(bytesMax: number): Uint8Array {
    const part = this.#input.subarray(this.#inputAt, this.#inputAt + bytesMax)
    this.#inputAt += part.length
    return part
  }

  /** Messages past the bound are taken and forgotten: a program must not fail because it explains too much. */
  write(target: OutputName, bytes: Uint8Array): void {
    const buffer = target === 'output' ? this.#output : this.#messages
    if (buffer === this.#messages) return buffer.write(bytes.subarray(0, buffer.room))
    if (bytes.length > buffer.room)
      throw new Halt('BUDGET_OUTPUT', `more than ${buffer.bytesMax} bytes were written`)
    buffer.write(bytes)
  }

  /** All that was written as the result. */
  result(): Uint8Array {
    return this.#output.finish()
  }

  explanation(): Uint8Array {
    return this.#messages.finish()
  }
}
