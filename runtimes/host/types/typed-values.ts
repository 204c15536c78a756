/**
 * Values of JavaScript as values of DAG-CBOR, and back, as a type says (spec/types.md, "In TypeScript"). What is of another
 * type goes through as it is: whoever reads it says what is wrong.
 */
import { CborFloat } from '../../../promisebase/index.ts'
import { numberOf } from '../../../kernel/index.ts'
import type { CborInput, CborMap, CborValue } from '../../../promisebase/index.ts'
import type { ScalarType, ValueType } from '../../../kernel/index.ts'

function toCbor(type: ValueType, value: unknown): CborInput {
  switch (type.kind) {
    case 'scalar':
      return isFloat(type.name) ? float(value) : (value as CborInput)
    case 'list':
      return Array.isArray(value) ? value.map((item) => toCbor(type.of, item)) : (value as CborInput)
    case 'option':
      return value === undefined || value === null ? null : toCbor(type.of, value)
    case 'tuple':
      if (!Array.isArray(value) || value.length !== type.items.length) return value as CborInput
      return type.items.map((item, index) => toCbor(item, value[index]))
    case 'record':
      return toFields(type.fields, value)
    case 'variant': {
      const [[name, content] = [], ...others] = isRecord(value) ? Object.entries(value) : []
      const of = name === undefined ? undefined : type.cases.get(name)
      if (name === undefined || of === undefined || others.length > 0) return value as CborInput
      return new Map([[name, toCbor(of, content)]])
    }
    case 'flags':
      return toFlags(type.names, value)
  }
}

/** What is undefined is left out. */
export function toFields(fields: ReadonlyMap<string, ValueType>, value: unknown): CborInput {
  if (!isRecord(value)) return value as CborInput
  const given = Object.entries(value).filter(([, content]) => content !== undefined)
  return new Map(
    given.map(([name, content]) => {
      const type = fields.get(name)
      const inner = type?.kind === 'option' ? type.of : type
      return [name, inner === undefined ? (content as CborInput) : toCbor(inner, content)]
    }),
  )
}

/** Of a value that is of the type. */
export function fromCbor(type: ValueType, value: CborValue): unknown {
  switch (type.kind) {
    case 'scalar':
      if (isFloat(type.name)) return numberOf(value)
      return type.name === 's64' || type.name === 'u64' ? BigInt(value as number | bigint) : value
    case 'list':
      return (value as CborValue[]).map((item) => fromCbor(type.of, item))
    case 'option':
      return value === null ? null : fromCbor(type.of, value)
    case 'tuple':
      return type.items.map((item, index) => fromCbor(item, (value as CborValue[])[index] ?? null))
    case 'record':
      return Object.fromEntries(
        [...(value as CborMap)].map(([name, content]) => [name, fromField(type.fields, name, content)]),
      )
    case 'variant': {
      if (!(value instanceof Map)) return value
      return Object.fromEntries(
        [...value].map(([name, content]) => [name, fromField(type.cases, name, content)]),
      )
    }
    case 'flags':
      return value
  }
}

function fromField(
  types: ReadonlyMap<string, ValueType | undefined>,
  name: CborValue,
  content: CborValue,
): unknown {
  const type = types.get(String(name))
  return type === undefined ? content : fromCbor(type, content)
}

function toFlags(names: readonly string[], value: unknown): CborInput {
  const isKnown = Array.isArray(value) && value.every((name) => names.includes(name as string))
  return isKnown ? names.filter((name) => value.includes(name)) : (value as CborInput)
}

/** Always a float, also without a fraction. */
function float(value: unknown): CborInput {
  return typeof value === 'number' && Number.isInteger(value) ? new CborFloat(value) : (value as CborInput)
}

function isFloat(name: ScalarType): boolean {
  return name === 'f32' || name === 'f64'
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
