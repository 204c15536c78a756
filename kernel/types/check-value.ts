/** Whether a value is of a type; if not, where it is not, and what it should be there. */
import { CborFloat, isCid } from '../../promisebase/index.ts'
import type { CborValue } from '../../promisebase/index.ts'
import type { ScalarType, ValueType } from './value-type.ts'

/** Undefined when it is. `path` is how the place is called. */
export function valueProblem(type: ValueType, value: CborValue, path: string): string | undefined {
  switch (type.kind) {
    case 'scalar':
      return SCALAR_CHECKS[type.name](value) ? undefined : `${path} is no ${type.name}`
    case 'option':
      return value === null ? undefined : valueProblem(type.of, value, path)
    case 'list':
      if (!Array.isArray(value)) return `${path} is no list`
      return first(value, (item, index) => valueProblem(type.of, item, `${path}[${index}]`))
    case 'tuple':
      if (!Array.isArray(value) || value.length !== type.items.length)
        return `${path} is no list of ${type.items.length}`
      return first(type.items, (item, index) => valueProblem(item, value[index] ?? null, `${path}[${index}]`))
    case 'record':
      return fieldsProblem(type.fields, value, path)
    case 'variant':
      return variantProblem(type.cases, value, path)
    case 'flags':
      return isFlags(type.names, value) ? undefined : `${path} is not some of ${type.names.join(', ')}`
  }
}

/** A map with a value for each field, except those that are optional, and nothing else. */
export function fieldsProblem(
  fields: ReadonlyMap<string, ValueType>,
  value: CborValue,
  path: string,
): string | undefined {
  if (!(value instanceof Map)) return `${path} is no map`
  for (const key of value.keys())
    if (typeof key !== 'string' || !fields.has(key)) return `${path} has no ${JSON.stringify(key)}`
  return first([...fields], ([name, type]) => fieldProblem(type, value.get(name), `${path}.${name}`))
}

/** None of an option is left out, and in no other way. */
function fieldProblem(type: ValueType, value: CborValue | undefined, path: string): string | undefined {
  if (value === undefined) return type.kind === 'option' ? undefined : `${path} is missing`
  return valueProblem(type.kind === 'option' ? type.of : type, value, path)
}

/** The name of a case that has no value, or a map of the name of one to its value. */
function variantProblem(
  cases: ReadonlyMap<string, ValueType | undefined>,
  value: CborValue,
  path: string,
): string | undefined {
  const [name, content] = caseOf(value)
  if (name === undefined || !cases.has(name)) return `${path} is none of ${[...cases.keys()].join(', ')}`
  const type = cases.get(name)
  if (type === undefined) return content === undefined ? undefined : `${path}.${name} has no value`
  return content === undefined ? `${path}.${name} is missing` : valueProblem(type, content, `${path}.${name}`)
}

function caseOf(value: CborValue): readonly [name: string | undefined, content: CborValue | undefined] {
  if (typeof value === 'string') return [value, undefined]
  if (!(value instanceof Map) || value.size !== 1) return [undefined, undefined]
  const [[name, content]] = [...value] as [[CborValue, CborValue]]
  return typeof name === 'string' ? [name, content] : [undefined, undefined]
}

/** Names in the order of the type, each once at most. */
function isFlags(names: readonly string[], value: CborValue): boolean {
  if (!Array.isArray(value)) return false
  const places = value.map((name) => names.indexOf(name as string))
  return places.every((place, index) => place > (places[index - 1] ?? -1))
}

const SCALAR_CHECKS: Readonly<Record<ScalarType, (value: CborValue) => boolean>> = {
  bool: (value) => typeof value === 'boolean',
  s8: integer(8, true),
  u8: integer(8, false),
  s16: integer(16, true),
  u16: integer(16, false),
  s32: integer(32, true),
  u32: integer(32, false),
  s64: integer(64, true),
  u64: integer(64, false),
  f32: (value) => Math.fround(numberOf(value)) === numberOf(value),
  f64: (value) => !Number.isNaN(numberOf(value)),
  char: (value) => typeof value === 'string' && [...value].length === 1,
  string: (value) => typeof value === 'string',
  bytes: (value) => value instanceof Uint8Array,
  link: (value) => isCid(value),
}

function integer(bits: number, isSigned: boolean): (value: CborValue) => boolean {
  const [least, most] = isSigned
    ? [-(2n ** BigInt(bits - 1)), 2n ** BigInt(bits - 1) - 1n]
    : [0n, 2n ** BigInt(bits) - 1n]
  return (value) =>
    (typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value))) &&
    BigInt(value) >= least &&
    BigInt(value) <= most
}

/** A float, or an integer that is one too: encoders write 1.0 in either way. Else NaN. */
export function numberOf(value: CborValue): number {
  if (value instanceof CborFloat) return value.value
  return typeof value === 'number' ? value : NaN
}

function first<Item>(
  items: readonly Item[],
  problem: (item: Item, index: number) => string | undefined,
): string | undefined {
  for (const [index, item] of items.entries()) {
    const found = problem(item, index)
    if (found !== undefined) return found
  }
  return undefined
}
