/**
 * Answers for a guest somewhere else, behind an engine that it may have taken over: what no guest of this call could
 * ask is not answered, and what it has cost is counted here, whatever is told there.
 */
import { createAnswerer } from './answerer.ts'
import { MalformedFields } from './fields.ts'
import { hostImportProblem } from './groups.ts'
import { HOST_FUEL, HOST_LIMITS } from './limits.ts'
import { isQuestionName } from './perform.ts'
import type { RuntimeCall } from '../../../kernel/index.ts'
import type { Answer } from './answer.ts'
import type { Answerer, AnswerRoom } from './answerer.ts'

/** What no guest asks: whoever does is not one any more. */
export class Unaskable extends Error {
  override readonly name = 'Unaskable'
}

/** An answerer that takes nothing for granted; `ask` rejects with {@link Unaskable}. */
export interface StrictAnswerer extends Omit<Answerer, 'ask'> {
  ask(name: string, question: Uint8Array, room: AnswerRoom): Promise<Answer>
}

export function createStrictAnswerer(call: RuntimeCall): StrictAnswerer {
  const answerer = createAnswerer(call)
  const bill = new Bill(call.budget.fuel)
  return {
    get deferred() {
      return answerer.deferred
    },
    ask: async (name, question, room) => {
      if (!isQuestionName(name)) throw new Unaskable(`there is no question ${JSON.stringify(name)}`)
      const problem = hostImportProblem([name], call.descriptor)
      if (problem !== undefined) throw new Unaskable(problem)
      bill.charge(question)
      try {
        return bill.note(await answerer.ask(name, question, bill.within(room)))
      } catch (error) {
        throw error instanceof MalformedFields ? new Unaskable(error.message) : error
      }
    },
    readAhead: () => answerer.readAhead(),
  }
}

/** The same count as that of the guest, who has besides paid for its own steps: it is never the first to run out. */
class Bill {
  #fuelLeft: number
  #questionsLeft: number = HOST_LIMITS.questions
  #questionBytesLeft: number = HOST_LIMITS.questionBytes
  #answerBytesLeft: number = HOST_LIMITS.answerBytes

  constructor(fuel: number) {
    this.#fuelLeft = fuel
  }

  charge({ length }: Uint8Array): void {
    this.#questionsLeft -= 1
    this.#questionBytesLeft -= length
    this.#fuelLeft -= HOST_FUEL.question + HOST_FUEL.byte * length
    if (Math.min(this.#questionsLeft, this.#questionBytesLeft, this.#answerBytesLeft, this.#fuelLeft) < 0)
      throw new Unaskable('more was asked than this call can pay for')
  }

  within({ fuel, bytes }: AnswerRoom): AnswerRoom {
    return { fuel: Math.min(fuel, this.#fuelLeft), bytes: Math.min(bytes, this.#answerBytesLeft) }
  }

  note(answer: Answer): Answer {
    this.#answerBytesLeft -= answer.bytes.length
    this.#fuelLeft -= answer.fuel + HOST_FUEL.byte * answer.bytes.length
    return answer
  }
}
