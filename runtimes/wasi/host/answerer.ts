/** What answers the questions of one call: its own powers, here or wherever they are held. */
import { perform } from './perform.ts'
import { ReadAhead } from './read-ahead.ts'
import type { Deferred, RuntimeCall } from '../../../kernel/index.ts'
import type { Answer } from './answer.ts'
import type { QuestionName } from './perform.ts'
import type { HostPowers } from './powers.ts'

/** What an answer may still cost the guest. */
export interface AnswerRoom {
  /** Left to the guest when it asked. */
  readonly fuel: number
  /** Bytes that answers may still have. */
  readonly bytes: number
}

export interface Answerer {
  /** The promise this call has made. */
  readonly deferred: Deferred | undefined
  /** @throws what is neither the fault of the guest nor a refusal: the store that failed, or a bound of it */
  ask(name: QuestionName, question: Uint8Array, room: AnswerRoom): Answer | Promise<Answer>
  /** Reads what was named ahead, while nothing runs. */
  readAhead(): Promise<void>
}

/** Answers from the powers of a call. */
export function createAnswerer(call: RuntimeCall): Answerer {
  const ahead = new ReadAhead()
  const powers: HostPowers = { call, ahead, fuelLeft: 0, answerBytesLeft: 0 }
  return {
    get deferred() {
      return powers.deferred
    },
    ask: (name, question, { fuel, bytes }) => {
      powers.fuelLeft = fuel
      powers.answerBytesLeft = bytes
      return perform(name, question, powers)
    },
    readAhead: () => ahead.read(),
  }
}
