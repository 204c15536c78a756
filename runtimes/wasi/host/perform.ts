/** Asks a question of the powers of a call, for the first and only time: whatever it changes is changed by this. */
import { answerOf } from './answer.ts'
import { FieldReader } from './fields.ts'
import { BLOCK_QUESTIONS } from './questions/block.ts'
import { CALL_QUESTIONS } from './questions/call.ts'
import { PROMISE_QUESTIONS } from './questions/promise.ts'
import { STATE_QUESTIONS } from './questions/state.ts'
import type { Answer } from './answer.ts'
import type { HostPowers } from './powers.ts'
import type { Question } from './question.ts'

const QUESTIONS = { ...BLOCK_QUESTIONS, ...CALL_QUESTIONS, ...PROMISE_QUESTIONS, ...STATE_QUESTIONS }

export type QuestionName = keyof typeof QUESTIONS

export function isQuestionName(name: string): name is QuestionName {
  return Object.hasOwn(QUESTIONS, name)
}

/** @throws what is neither the fault of the guest nor a refusal: the store that failed, or a bound of it */
export function perform(
  name: QuestionName,
  question: Uint8Array,
  powers: HostPowers,
): Answer | Promise<Answer> {
  const ask: Question = QUESTIONS[name]
  try {
    const answering = ask(powers, new FieldReader(question))
    return answering instanceof Promise ? answering.catch(answerOf) : answering
  } catch (error) {
    return answerOf(error)
  }
}
