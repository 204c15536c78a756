/**
 * Constraints on arguments as they stand in a token: an array of [path, constraint], by the encoding of the
 * path, each path once (spec/capability.md, "Caveats"). What they mean is in constraint.ts.
 */
import { bytesKey, withCbor } from '../../promisebase/index.ts'
import { refuse } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import * as claims from '../message/claims.ts'
import type { CborInput, CborMap, CborValue } from '../../promisebase/index.ts'
import type { Result } from '../errors.ts'
import type { ArgumentConstraint, Constraint, Interval, Scalar } from '../interface.ts'
import type { ClaimType } from '../message/claims.ts'

type Path = ArgumentConstraint['path']
type Step = Path[number]

/** Not a fraction: 0.1 is nearly a number, and a constraint is no place for nearly. */
const whole: ClaimType<number> = {
  says: 'a whole number from −(2^53 − 1) to 2^53 − 1',
  read: (value) => (typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined),
  write: (value) => value,
}

const scalar: ClaimType<Scalar> = {
  says: `a text, bytes, true, false, null or ${whole.says}`,
  read: (value) =>
    typeof value === 'string' || typeof value === 'boolean' || value === null || value instanceof Uint8Array
      ? value
      : whole.read(value),
  write: (value) => value,
}

const stepText = claims.text()

const step: ClaimType<Step> = {
  says: `${stepText.says}, or ${claims.uint.says}`,
  read: (value) => stepText.read(value) ?? claims.uint.read(value),
  write: (value) => value,
}

const path: ClaimType<Path> = {
  says: `a list of at most ${LIMITS.pathSteps} steps, each ${step.says}`,
  read: (value) =>
    Array.isArray(value) && value.length <= LIMITS.pathSteps ? readAll(value, step) : undefined,
  write: (steps) => [...steps],
}

const prefix: ClaimType<string | Uint8Array> = {
  says: 'a text or bytes, not empty',
  read: (value) =>
    (typeof value === 'string' || value instanceof Uint8Array) && value.length > 0 ? value : undefined,
  write: (value) => value,
}

/** Every field a constraint may have. */
const FIELDS: { readonly [Name in keyof Constraint]-?: ClaimType<Exclude<Constraint[Name], undefined>> } = {
  equals: scalar,
  oneOf: sortedScalars(),
  range: interval(whole),
  prefix,
  size: interval(claims.uint),
}

type Field = keyof Constraint

/** Reads the value of the caveat `arguments`. */
export function readArgumentConstraints(value: CborValue): Result<readonly ArgumentConstraint[]> {
  if (!Array.isArray(value) || value.length === 0 || value.length > LIMITS.constraints)
    return refuse('SHAPE', `the caveat arguments is a list of 1 to ${LIMITS.constraints} constraints`)
  const read: ArgumentConstraint[] = []
  let before = ''
  for (const pair of value) {
    if (!Array.isArray(pair) || pair.length !== 2)
      return refuse('SHAPE', 'each item of the caveat arguments is [path, constraint]')
    const at = path.read(pair[0] as CborValue)
    if (at === undefined) return refuse('SHAPE', `the path of a constraint is ${path.says}`)
    const key = orderOf(at)
    if (key <= before) return refuse('SHAPE', 'constraints are sorted by path, each path once')
    before = key
    const is = readConstraint(pair[1] as CborValue)
    if (is.refused !== undefined) return is
    read.push({ path: at, is: is.ok })
  }
  return { ok: read }
}

/** What {@link readArgumentConstraints} reads back, if it can be read at all; undefined for no constraints. */
export function writeArgumentConstraints(given: readonly ArgumentConstraint[]): CborValue | undefined {
  if (given.length === 0) return undefined
  return sorted(given, ({ path: at }) => at).map(({ path: at, is }) => [path.write(at), writeConstraint(is)])
}

/** Where a value stands among others of a sorted list: compare as strings. */
function orderOf(value: CborInput): string {
  return withCbor(value, bytesKey)
}

function readConstraint(value: CborValue): Result<Constraint> {
  if (!(value instanceof Map) || value.size === 0)
    return refuse('SHAPE', `a constraint is a map with any of ${Object.keys(FIELDS).join(', ')}`)
  const read: Record<string, unknown> = {}
  for (const [name, given] of value) {
    if (!isField(name)) return refuse('CAVEAT', `unknown constraint ${JSON.stringify(String(name))}`)
    const field = FIELDS[name].read(given)
    if (field === undefined) return refuse('SHAPE', `${name} of a constraint must be ${FIELDS[name].says}`)
    read[name] = field
  }
  return { ok: read as Constraint }
}

function writeConstraint(constraint: Constraint): CborMap {
  const map: CborMap = new Map()
  for (const [name, value] of Object.entries(constraint) as [string, Constraint[Field]][]) {
    if (value === undefined) continue
    if (!isField(name)) throw new TypeError(`a constraint has no ${name}`)
    map.set(name, FIELDS[name].write(value as never))
  }
  return map
}

function isField(name: unknown): name is Field {
  return typeof name === 'string' && Object.hasOwn(FIELDS, name)
}

/** `[min, max]`, null where there is no bound; at least one is there. */
function interval(bound: ClaimType<number>): ClaimType<Interval> {
  return {
    says: `[min, max] with min ≤ max, of which one may be null, each ${bound.says}`,
    read: (value) => {
      if (!Array.isArray(value) || value.length !== 2) return undefined
      const [low = null, high = null] = value
      const [min, max] = [bound.read(low), bound.read(high)]
      if ((min === undefined && low !== null) || (max === undefined && high !== null)) return undefined
      if (min === undefined) return max === undefined ? undefined : { max }
      if (max === undefined) return { min }
      return min <= max ? { min, max } : undefined
    },
    write: ({ min, max }) => [min ?? null, max ?? null],
  }
}

function sortedScalars(): ClaimType<readonly Scalar[]> {
  const most = LIMITS.constraintValues
  return {
    says: `a list of 1 to ${most} values, sorted by their encoding, each once, each ${scalar.says}`,
    read: (value) => {
      if (!Array.isArray(value) || value.length === 0 || value.length > most) return undefined
      const list = readAll(value, scalar)
      return list !== undefined && isAscending(list.map(orderOf)) ? list : undefined
    },
    write: (list) => {
      const seen = new Map(list.map((each) => [orderOf(each), each]))
      return sorted([...seen.values()], (each) => each)
    },
  }
}

function readAll<T>(values: readonly CborValue[], type: ClaimType<T>): readonly T[] | undefined {
  const list: T[] = []
  for (const each of values) {
    const read = type.read(each)
    if (read === undefined) return undefined
    list.push(read)
  }
  return list
}

function isAscending(keys: readonly string[]): boolean {
  return keys.every((key, index) => index === 0 || (keys[index - 1] as string) < key)
}

function sorted<T>(items: readonly T[], valueOf: (item: T) => CborInput): T[] {
  return items
    .map((item) => ({ item, order: orderOf(valueOf(item)) }))
    .sort((a, b) => (a.order < b.order ? -1 : Number(a.order > b.order)))
    .map(({ item }) => item)
}
