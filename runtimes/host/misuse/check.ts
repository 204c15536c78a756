/** What an argument of a program must be: a check throws with its name where a value is something else. */
import { isCid } from '../../../promisebase/index.ts'

/** @throws {TypeError} for a value of another kind @throws {RangeError} for a number that cannot be meant */
export type Check = (name: string, value: unknown) => void

/** A check by what it wants in words and what holds of a value. */
export function must(words: string, holds: (value: unknown) => boolean): Check {
  return (name, value) => {
    if (!holds(value)) throw new TypeError(`${name} must be ${words}`)
  }
}

export const text = must('a string', (value) => typeof value === 'string')
export const truth = must('true or false', (value) => typeof value === 'boolean')
export const callable = must('a function', (value) => typeof value === 'function')
export const bytes = must('a Uint8Array', (value) => value instanceof Uint8Array)
export const cid = must('a CID', isCid)
export const principal = must('a principal', (value) => typeof value === 'string')
export const object = must('an object', isObject)
export const signer = must(
  'a Signer',
  (value) => isObject(value) && Array.isArray(value['keys']) && typeof value['principal'] === 'string',
)
export const capability = must(
  'a Capability',
  (value) => isObject(value) && value['bytes'] instanceof Uint8Array,
)

export const natural: Check = (name, value) => {
  if (typeof value !== 'number') throw new TypeError(`${name} must be a number`)
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${name} must be a natural number`)
}

/** One of these words. */
export function oneOf(...words: readonly string[]): Check {
  const listed = words.map((word) => `'${word}'`).join(', ')
  return must(`one of ${listed}`, (value) => words.includes(value as string))
}

/** A list whose items are named by their index. */
export function listOf(words: string, item: Check): Check {
  const list = must(`a list of ${words}`, Array.isArray)
  return (name, value) => {
    list(name, value)
    for (const [at, each] of (value as readonly unknown[]).entries()) item(`${name}[${at}]`, each)
  }
}

/** An object that has these methods. */
export function having(words: string, ...methods: readonly string[]): Check {
  return must(
    `${words}, with ${methods.join(', ')}`,
    (value) => isObject(value) && methods.every((method) => typeof value[method] === 'function'),
  )
}

/** Neither null nor a list, which has the type of an object too. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
