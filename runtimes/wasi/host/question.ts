/** What can be asked, by name: the same for a core module, a component, and a guest in another thread. */
import type { Answer } from './answer.ts'
import type { FieldReader } from './fields.ts'
import type { HostPowers } from './powers.ts'

/** Answers at once, or later; what is refused is an answer. */
export type Question = (powers: HostPowers, fields: FieldReader) => Answer | Promise<Answer>

export type Questions = Readonly<Record<string, Question>>
