/** Asks a question of fields: the same for whoever binds a guest to its host. */
import { Halt } from '../halt.ts'
import { fieldsLength, writeFields } from './fields.ts'
import { HOST_LIMITS } from './limits.ts'
import type { Guest } from '../guest.ts'
import type { Answer } from './answer.ts'
import type { Asking } from './conversation.ts'
import type { Field } from './fields.ts'
import type { QuestionName } from './perform.ts'

export function ask(guest: Guest, asking: Asking, name: QuestionName, fields: readonly Field[]): Answer {
  if (fieldsLength(fields) > HOST_LIMITS.questionBytes)
    throw new Halt('LIMIT', `a question of more than ${HOST_LIMITS.questionBytes} bytes`)
  return asking.ask(guest, name, writeFields(fields))
}

/** The answer to the last question of this run. */
export function answered({ answer }: Asking): Answer {
  if (answer === undefined) throw new Halt('TRAP', 'nothing was asked yet')
  return answer
}

/** Ends the call with what the last question was refused with. */
export function refuseAsAnswered(asking: Asking): never {
  const { refused } = answered(asking)
  if (refused === undefined) throw new Halt('TRAP', 'the last question was not refused')
  throw new Halt(refused.code, refused.detail)
}
