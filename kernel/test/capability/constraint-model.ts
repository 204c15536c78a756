/**
 * What a constraint means, said without comparing constraints: the points of a small world that it allows. A
 * point is written as its kind and what it is, and a constraint is held against that writing.
 */
import { CborFloat } from '../../../promisebase/index.ts'
import type { CborValue } from '../../../promisebase/index.ts'
import type { Constraint, Interval, Scalar } from '../../index.ts'

const TEXTS = [
  '',
  'a',
  'aa',
  'ab',
  'aba',
  'abb',
  'abbb',
  'aaaaa',
  'abbbb',
  'aaaaaa',
  'abbbbb',
  'b',
  'ba',
  'baaaa',
  'baaaaa',
  'ä',
]
const INTEGERS = [-1, 0, 1, 2, 3, 4, 5, 6]
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const list = (length: number): CborValue => Array.from({ length }, () => 'a')
const map = (size: number): CborValue =>
  new Map(Array.from({ length: size }, (_, index) => [`k${index}`, 'a']))

/** Every value there is in this world; undefined is a value that is not there. */
export const WORLD: readonly (CborValue | undefined)[] = [
  ...[undefined, null, true, false, 1.5, new CborFloat(1), 2n ** 63n],
  ...TEXTS,
  ...TEXTS.map(bytes),
  ...INTEGERS,
  ...[0, 1, 2, 3, 4, 5, 6].flatMap((length) => [list(length), map(length)]),
]

const POINTS: readonly string[] = WORLD.map((value, index) => written(value, index))

/** The points a constraint allows, in writing. */
export function pointsOf(constraint: Constraint | undefined): Set<string> {
  return new Set(constraint === undefined ? POINTS : POINTS.filter((point) => isAllowed(constraint, point)))
}

/** `text 1 ab`: kind, size, content; two values of one writing are the same. */
function written(value: CborValue | undefined, index: number): string {
  if (typeof value === 'string') return `text ${bytes(value).length} ${value}`
  if (value instanceof Uint8Array) return `bytes ${value.length} ${new TextDecoder().decode(value)}`
  if (typeof value === 'bigint' || Number.isInteger(value)) return `integer - ${value}`
  if (typeof value === 'boolean' || value === null) return `plain - ${String(value)}`
  if (Array.isArray(value)) return `list ${value.length} ${index}`
  if (value instanceof Map) return `map ${value.size} ${index}`
  // Numbers that are no whole ones, and what is not there: nothing is said of them.
  return `other - ${index}`
}

function isAllowed({ equals, oneOf, range, prefix, size }: Constraint, point: string): boolean {
  const [kind = '', length = '', ...rest] = point.split(' ')
  const content = rest.join(' ')
  const is = (scalar: Scalar): boolean => written(scalar, 0) === point
  return [
    equals === undefined || is(equals),
    oneOf === undefined || oneOf.map(is).includes(true),
    range === undefined || (kind === 'integer' && isBetween(range, content)),
    typeof prefix !== 'string' || (kind === 'text' && content.startsWith(prefix)),
    !(prefix instanceof Uint8Array) ||
      (kind === 'bytes' && content.startsWith(new TextDecoder().decode(prefix))),
    size === undefined || (length !== '-' && isBetween(size, length)),
  ].every(Boolean)
}

function isBetween({ min, max }: Interval, digits: string): boolean {
  const value = Number(digits)
  return !(value < (min ?? value)) && !(value > (max ?? value))
}
