/**
 * The block that a descriptor names as its types: what each method takes and gives (spec/types.md).
 *
 *   types  = { "format": 1, "methods": { + name => method } }
 *   method = { "arguments": { * name => type }, "result": type / null }
 */
import { DAG_CBOR_PROFILE, decodeCbor, encodeDagCbor } from '../../promisebase/index.ts'
import { refuse } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import { readFields, readValueType, writeFields, writeValueType } from './value-type.ts'
import type { CborValue } from '../../promisebase/index.ts'
import type { Result } from '../errors.ts'
import type { ValueType } from './value-type.ts'

const FORMAT = 1
/** A type may be checked for every element of a list, so a block of them is not as long as any block. */
const TYPES_BYTES_MAX = 64 * 1024
const PROFILE = { ...DAG_CBOR_PROFILE, maxBytes: TYPES_BYTES_MAX }

export interface MethodType {
  /** By name; without any the method takes no bytes. */
  readonly arguments: ReadonlyMap<string, ValueType>
  /** Undefined for a method that gives no bytes. */
  readonly result: ValueType | undefined
}

export type HandlerTypes = ReadonlyMap<string, MethodType>

/** @throws {TypeError} when it would not be read back */
export function encodeTypes(types: HandlerTypes): Uint8Array {
  const methods = [...types].map(
    ([name, { arguments: taken, result }]) =>
      [name, { arguments: writeFields(taken), result: result ? writeValueType(result) : null }] as const,
  )
  const bytes = encodeDagCbor({ format: FORMAT, methods: new Map(methods) })
  const read = readTypes(bytes)
  if (read.refused !== undefined) throw new TypeError(`types: ${read.refused.detail}`)
  return bytes
}

export function readTypes(bytes: Uint8Array): Result<HandlerTypes> {
  const decoded = decodeCbor(bytes, PROFILE)
  if (decoded.refused !== undefined) return refuse('DESCRIPTOR', `types: ${decoded.refused.detail}`)
  const map = fieldsOf(decoded.ok, ['format', 'methods'])
  const methods = map?.get('methods')
  if (map?.get('format') !== FORMAT || !(methods instanceof Map))
    return refuse('DESCRIPTOR', 'types are a map of format 1 and methods')
  if (methods.size === 0 || methods.size > LIMITS.methods)
    return refuse('DESCRIPTOR', `types are of 1 to ${LIMITS.methods} methods`)
  const types = new Map<string, MethodType>()
  for (const [name, stated] of methods) {
    const method = readMethod(stated)
    if (method === undefined)
      return refuse('DESCRIPTOR', `types: method ${JSON.stringify(name)} has arguments by name and a result`)
    types.set(String(name), method)
  }
  return { ok: types }
}

function readMethod(stated: CborValue): MethodType | undefined {
  const map = fieldsOf(stated, ['arguments', 'result'])
  const [taken, given] = [readFields(map?.get('arguments') ?? null), map?.get('result') ?? null]
  const result = given === null ? undefined : readValueType(given)
  if (taken === undefined || (given !== null && result === undefined)) return undefined
  return { arguments: taken, result }
}

/** A map with exactly these keys. */
function fieldsOf(value: CborValue, keys: readonly string[]): ReadonlyMap<CborValue, CborValue> | undefined {
  return value instanceof Map && value.size === keys.length && keys.every((key) => value.has(key))
    ? value
    : undefined
}
