/** Functions of the host that ask: their type, the question and its fields, and how the answer is read. */
import { ask } from '../../host/ask.ts'
import { host } from '../wasi/offer.ts'
import { refusable, told } from './refusal.ts'
import type { Answer } from '../../host/answer.ts'
import type { Asking } from '../../host/conversation.ts'
import type { Field } from '../../host/fields.ts'
import type { QuestionName } from '../../host/perform.ts'
import type { ValueType } from '../types/type.ts'
import type { Value } from '../types/value.ts'
import type { HostFunction } from '../wasi/offer.ts'
import type { ComponentWorld } from '../wasi/world.ts'

type Fields = (parameters: readonly Value[]) => readonly Field[]

/** A question that may be refused; `read` is absent where the answer is nothing. */
export function question(
  name: QuestionName,
  parameters: readonly ValueType[],
  answers: { readonly type: ValueType; readonly read: (answer: Answer) => Value } | undefined,
  fields: Fields = plain,
): HostFunction {
  return host(parameters, refusable(answers?.type), (world, values) =>
    told(ask(world.guest, askingOf(world), name, fields(values)), answers?.read),
  )
}

/** What is told ahead: nothing comes back. */
export function notice(name: QuestionName, parameters: readonly ValueType[]): HostFunction {
  return host(parameters, undefined, (world, values) => {
    ask(world.guest, askingOf(world), name, plain(values))
    return undefined
  })
}

/** Numbers and byte strings as they are. */
function plain(values: readonly Value[]): readonly Field[] {
  return values as readonly (number | Uint8Array)[]
}

/** A component that imports one of these is run as one that asks. */
export function askingOf({ asking }: ComponentWorld): Asking {
  if (asking === undefined) throw new Error('a component that asks was run as one that does not')
  return asking
}
