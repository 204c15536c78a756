/** Options by name. A name that is none would pass for a default, so it is thrown with the one that may be meant. */
import { object } from './check.ts'
import { nearest } from './nearest.ts'
import type { Check } from './check.ts'

export type Fields = Readonly<Record<string, Check>>

/** What is given of these fields: each is checked where it is there, and none has to be. */
export function fields(known: Fields): Check {
  return (name, value) => {
    object(name, value)
    checkFields(known, value as object, `${name}.`)
  }
}

/** The same for an argument that has no name of its own: its fields are called as they are. */
export function checkOptions(known: Fields, options: unknown): void {
  object('options', options)
  checkFields(known, options as object, '')
}

function checkFields(known: Fields, given: object, prefix: string): void {
  for (const [name, value] of Object.entries(given)) {
    const check = Object.hasOwn(known, name) ? known[name] : undefined
    if (check === undefined) throw new TypeError(unknownField(prefix, name, Object.keys(known)))
    if (value !== undefined) check(prefix + name, value)
  }
}

function unknownField(prefix: string, name: string, names: readonly string[]): string {
  const near = nearest(name, names)
  const help = near === undefined ? `there are ${names.join(', ')}` : `did you mean ${prefix}${near}?`
  return `${prefix}${name} is no option: ${help}`
}
