/**
 * Types of what methods take and give, as a block states them (spec/types.md): the value types of WIT, over the values of
 * DAG-CBOR.
 *
 *   type   = scalar / { "list": type } / { "tuple": [+ type] } / { "option": type } / { "record": { + name => type } }
 *            / { "variant": { + name => type / null } } / { "flags": [+ name] }
 */
import type { CborInput, CborValue } from '../../promisebase/index.ts'

export const SCALARS = [
  ...['bool', 's8', 'u8', 's16', 'u16', 's32', 'u32', 's64', 'u64', 'f32', 'f64', 'char', 'string'],
  ...['bytes', 'link'],
] as const
export type ScalarType = (typeof SCALARS)[number]

export type ValueType =
  | { readonly kind: 'scalar'; readonly name: ScalarType }
  | { readonly kind: 'list' | 'option'; readonly of: ValueType }
  | { readonly kind: 'tuple'; readonly items: readonly ValueType[] }
  | { readonly kind: 'record'; readonly fields: ReadonlyMap<string, ValueType> }
  /** A case without a value of its own is undefined. */
  | { readonly kind: 'variant'; readonly cases: ReadonlyMap<string, ValueType | undefined> }
  | { readonly kind: 'flags'; readonly names: readonly string[] }

/** Checking a value goes as deep as its type: no deeper than any stack bears. */
const DEPTH_MAX = 32
/** Fields, cases or items: each optional one is looked for in every element of a list. */
const PARTS_MAX = 128
/** As in WIT. */
const FLAGS_MAX = 32
/** Names in JavaScript and WIT alike; none of them means something to an object. */
const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,254}$/

/** Undefined for what is no type. */
export function readValueType(value: CborValue, depth = 0): ValueType | undefined {
  if (depth > DEPTH_MAX) return undefined
  if (typeof value === 'string') {
    const name = SCALARS.find((scalar) => scalar === value)
    return name === undefined ? undefined : { kind: 'scalar', name }
  }
  if (!(value instanceof Map) || value.size !== 1) return undefined
  const [[kind, content]] = value as unknown as readonly [readonly [CborValue, CborValue]]
  return typeof kind === 'string' && Object.hasOwn(READERS, kind)
    ? READERS[kind as keyof typeof READERS](content, depth + 1)
    : undefined
}

const READERS = {
  list: (content: CborValue, depth: number): ValueType | undefined => {
    const of = readValueType(content, depth)
    // Bytes have a name of their own: one type is written in one way.
    return of === undefined || isScalar(of, 'u8') ? undefined : { kind: 'list', of }
  },
  option: (content: CborValue, depth: number): ValueType | undefined => {
    const of = readValueType(content, depth)
    // None of the inner one could not be told from none of the outer one.
    return of === undefined || of.kind === 'option' ? undefined : { kind: 'option', of }
  },
  tuple: (content: CborValue, depth: number): ValueType | undefined => {
    if (!Array.isArray(content) || !isFew(content.length)) return undefined
    const items = content.map((item) => readValueType(item, depth))
    return items.every((item) => item !== undefined) ? { kind: 'tuple', items } : undefined
  },
  record: (content: CborValue, depth: number): ValueType | undefined => {
    const fields = readFields(content, depth)
    return fields === undefined || !isFew(fields.size) ? undefined : { kind: 'record', fields }
  },
  variant: (content: CborValue, depth: number): ValueType | undefined => {
    if (!(content instanceof Map) || !isFew(content.size)) return undefined
    const cases = new Map<string, ValueType | undefined>()
    for (const [name, stated] of content) {
      const type = stated === null ? undefined : readValueType(stated, depth)
      if (!isName(name) || (stated !== null && type === undefined)) return undefined
      cases.set(name, type)
    }
    return { kind: 'variant', cases }
  },
  flags: (content: CborValue): ValueType | undefined => {
    if (!Array.isArray(content) || !content.every(isName)) return undefined
    if (content.length === 0 || content.length > FLAGS_MAX) return undefined
    return new Set(content).size === content.length ? { kind: 'flags', names: content } : undefined
  },
} as const

/** Fields by name, which may be none: those of a record, or the arguments of a method. */
export function readFields(value: CborValue, depth = 0): ReadonlyMap<string, ValueType> | undefined {
  if (!(value instanceof Map) || value.size > PARTS_MAX) return undefined
  const fields = new Map<string, ValueType>()
  for (const [name, stated] of value) {
    const type = readValueType(stated, depth)
    if (!isName(name) || type === undefined) return undefined
    fields.set(name, type)
  }
  return fields
}

/** The type as a block states it. */
export function writeValueType(type: ValueType): CborInput {
  switch (type.kind) {
    case 'scalar':
      return type.name
    case 'list':
    case 'option':
      return { [type.kind]: writeValueType(type.of) }
    case 'tuple':
      return { tuple: type.items.map(writeValueType) }
    case 'record':
      return { record: writeFields(type.fields) }
    case 'variant':
      return { variant: new Map([...type.cases].map(([name, of]) => [name, of ? writeValueType(of) : null])) }
    case 'flags':
      return { flags: type.names }
  }
}

export function writeFields(fields: ReadonlyMap<string, ValueType>): CborInput {
  return new Map([...fields].map(([name, type]) => [name, writeValueType(type)]))
}

function isFew(parts: number): boolean {
  return parts > 0 && parts <= PARTS_MAX
}

function isName(name: CborValue): name is string {
  return typeof name === 'string' && NAME.test(name)
}

function isScalar(type: ValueType, name: ScalarType): boolean {
  return type.kind === 'scalar' && type.name === name
}
