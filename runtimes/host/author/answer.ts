/** What a method with types answers, as a value: held against what a vector says in JSON, and shown to people. */
import { CborFloat, DAG_CBOR_PROFILE, decodeCbor, encodeDagCbor } from '../../../promisebase/index.ts'
import { numberOf } from '../../../kernel/index.ts'
import { showDagJson } from '../content/show-dag-json.ts'
import { HostError } from '../host-error.ts'
import { loadTypes } from '../types/load-types.ts'
import { bytesOf, isJson, shown } from './vector-bytes.ts'
import type { CID } from 'multiformats/cid'
import type { ValueType } from '../../../kernel/index.ts'
import type { CborInput, CborValue } from '../../../promisebase/index.ts'
import type { Host } from '../interface.ts'
import type { Bytes } from './vector-bytes.ts'

/** Undefined for a method that states none. */
export async function resultType(host: Host, protocol: CID, method: string): Promise<ValueType | undefined> {
  try {
    return (await loadTypes(host, protocol)).get(method)?.result
  } catch (error) {
    if (error instanceof HostError && error.code === 'MISSING') return undefined
    throw error
  }
}

/** Byte by byte, but for numbers that the type says are floats: JSON has no other way to write 3.0 than 3. */
export function isAnswer(type: ValueType | undefined, wanted: Bytes, got: Uint8Array): boolean {
  const bytes = bytesOf(wanted)
  if (Buffer.from(got).equals(bytes)) return true
  if (type === undefined || !isJson(wanted)) return false
  const [expected, answered] = [bytes, got].map((each) => decodeCbor(each, DAG_CBOR_PROFILE).ok)
  if (expected === undefined || answered === undefined) return false
  return Buffer.from(encodeDagCbor(asFloats(type, expected))).equals(encodeDagCbor(asFloats(type, answered)))
}

/** In DAG-JSON where it is a value, else as any bytes. */
export function shownAnswer(isValue: boolean, bytes: Uint8Array): string {
  const value = isValue ? decodeCbor(bytes, DAG_CBOR_PROFILE).ok : undefined
  return value === undefined ? shown(bytes) : showDagJson(value)
}

/** The same value, with a float wherever the type has one; what is not of the type stays as it is. */
function asFloats(type: ValueType, value: CborValue): CborInput {
  switch (type.kind) {
    case 'scalar':
      return asFloat(type.name, value)
    case 'list':
      return Array.isArray(value) ? value.map((item) => asFloats(type.of, item)) : value
    case 'option':
      return value === null ? null : asFloats(type.of, value)
    case 'tuple':
      return Array.isArray(value) ? value.map((item, at) => inside(type.items[at], item)) : value
    case 'record':
      return entries(type.fields, value)
    case 'variant':
      return entries(type.cases, value)
    case 'flags':
      return value
  }
}

function entries(types: ReadonlyMap<string, ValueType | undefined>, value: CborValue): CborInput {
  if (!(value instanceof Map)) return value
  return new Map([...value].map(([name, content]) => [name, inside(types.get(String(name)), content)]))
}

function inside(type: ValueType | undefined, value: CborValue): CborInput {
  return type === undefined ? value : asFloats(type, value)
}

/** The nearest one of 32 bits is what JSON means where a type has no more. */
function asFloat(name: string, value: CborValue): CborInput {
  const number = numberOf(value)
  if ((name !== 'f32' && name !== 'f64') || Number.isNaN(number)) return value
  return new CborFloat(name === 'f32' ? Math.fround(number) : number)
}
