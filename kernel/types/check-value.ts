/** Whether a value is of a type; if not, where it is not, and what it should be there. */
import { CborFloat, isCid } from '../../promisebase/index.ts'
import type { CborValue } from '../../promisebase/index.ts'
import type { ScalarType, ValueType } from './value-type.ts'

type Fields = ReadonlyMap<string, ValueType>

/** Undefined when it is. `path` is how the place is called. */
export function valueProblem(type: ValueType, value: CborValue, path: string): string | undefined {
  const wrong = wrongValue(type, value)
  return wrong && path + wrong
}

/** Arguments by name, as {@link valueProblem} tells of a value. */
export function fieldsProblem(fields: Fields, value: CborValue, path: string): string | undefined {
  const wrong = wrongFields(fields, value)
  return wrong && path + wrong
}

/**
 * What follows the name of the place where something is wrong: for what is right none is put together. The work is in
 * proportion to the value, however much its type says, for it is done before anyone has paid.
 */
function wrongValue(type: ValueType, value: CborValue): string | undefined {
  switch (type.kind) {
    case 'scalar':
      return SCALAR_CHECKS[type.name](value) ? undefined : ` is no ${type.name}`
    case 'option':
      return value === null ? undefined : wrongValue(type.of, value)
    case 'list':
      if (!Array.isArray(value)) return ' is no list'
      return first(value, (item) => wrongValue(type.of, item))
    case 'tuple':
      if (!Array.isArray(value) || value.length !== type.items.length)
        return ` is no list of ${type.items.length}`
      return first(type.items, (item, index) => wrongValue(item, value[index] ?? null))
    case 'record':
      return wrongFields(type.fields, value)
    case 'variant':
      return wrongVariant(type.cases, value)
    case 'flags':
      return isFlags(type.names, value) ? undefined : ` is not some of ${type.names.join(', ')}`
  }
}

/** A map with a value for each field, except those that are optional, and nothing else. */
function wrongFields(fields: Fields, value: CborValue): string | undefined {
  if (!(value instanceof Map)) return ' is no map'
  let needed = 0
  for (const [name, content] of value) {
    const type = typeof name === 'string' ? fields.get(name) : undefined
    if (type === undefined) return ` has no ${JSON.stringify(String(name))}`
    // None of an option is left out, and in no other way.
    const wrong = wrongValue(type.kind === 'option' ? type.of : type, content)
    if (wrong !== undefined) return `.${String(name)}${wrong}`
    if (type.kind !== 'option') needed += 1
  }
  const all = neededOf(fields)
  return needed === all.length ? undefined : `.${all.find((name) => !value.has(name))} is missing`
}

const known = new WeakMap<Fields, readonly string[]>()

/** Fields that are not optional: found once for each type, and not once for each value of it. */
function neededOf(fields: Fields): readonly string[] {
  const found =
    known.get(fields) ?? [...fields].flatMap(([name, { kind }]) => (kind === 'option' ? [] : [name]))
  known.set(fields, found)
  return found
}

/** The name of a case that has no value, or a map of the name of one to its value. */
function wrongVariant(
  cases: ReadonlyMap<string, ValueType | undefined>,
  value: CborValue,
): string | undefined {
  const [name, content] = caseOf(value)
  if (name === undefined || !cases.has(name)) return ` is none of ${[...cases.keys()].join(', ')}`
  const type = cases.get(name)
  if (type === undefined) return content === undefined ? undefined : `.${name} has no value`
  if (content === undefined) return `.${name} is missing`
  const wrong = wrongValue(type, content)
  return wrong && `.${name}${wrong}`
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
  // Two units at most: the characters of a long text are not counted to know that it is more than one.
  char: (value) => typeof value === 'string' && value.length <= 2 && [...value].length === 1,
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
  wrongItem: (item: Item, index: number) => string | undefined,
): string | undefined {
  for (const [index, item] of items.entries()) {
    const wrong = wrongItem(item, index)
    if (wrong !== undefined) return `[${index}]${wrong}`
  }
  return undefined
}
