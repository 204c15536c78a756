/** Value types and function signatures. */
import { BOUNDS } from './bounds.ts'
import { inadmissible } from './inadmissible.ts'
import type { Reader } from './reader.ts'

export const VALUE_TYPE = {
  i32: 0x7f,
  i64: 0x7e,
  f32: 0x7d,
  f64: 0x7c,
  v128: 0x7b,
  funcref: 0x70,
  externref: 0x6f,
} as const

export type ValueType = (typeof VALUE_TYPE)[keyof typeof VALUE_TYPE]

/** One letter per value type: signatures are compared as text, `iiI:i` being (i32 i32 i64) -> i32. */
const LETTERS: Readonly<Record<ValueType, string>> = {
  0x7f: 'i',
  0x7e: 'I',
  0x7d: 'f',
  0x7c: 'F',
  0x7b: 'v',
  0x70: 'r',
  0x6f: 'x',
}

export interface Signature {
  readonly parameters: number
  readonly results: number
  readonly parameterTypes: readonly ValueType[]
  readonly text: string
  readonly usesVectors: boolean
}

export function isValueType(byte: number): byte is ValueType {
  return byte in LETTERS
}

export function readValueType(reader: Reader): ValueType {
  const byte = reader.byte()
  if (!isValueType(byte)) return inadmissible(`value type 0x${byte.toString(16)} is not allowed`)
  return byte
}

/** The two kinds of reference; typed and collected ones are not allowed. */
export function readReferenceType(reader: Reader): ValueType {
  const type = readValueType(reader)
  if (type !== VALUE_TYPE.funcref && type !== VALUE_TYPE.externref) {
    inadmissible(`malformed: 0x${type.toString(16)} is not a reference type`)
  }
  return type
}

export function readTypes(reader: Reader | undefined): readonly Signature[] {
  if (reader === undefined) return []
  const types = Array.from({ length: reader.count(BOUNDS.types, 'types') }, () => readSignature(reader))
  reader.finish('type section')
  return types
}

function readSignature(reader: Reader): Signature {
  if (reader.byte() !== 0x60) inadmissible('the garbage collection proposal is not allowed')
  const parameterTypes = readValueTypes(reader, BOUNDS.parameters, 'parameters')
  const resultTypes = readValueTypes(reader, BOUNDS.results, 'results')
  return {
    parameters: parameterTypes.length,
    results: resultTypes.length,
    parameterTypes,
    text: `${lettersOf(parameterTypes)}:${lettersOf(resultTypes)}`,
    usesVectors: [...parameterTypes, ...resultTypes].includes(VALUE_TYPE.v128),
  }
}

function readValueTypes(reader: Reader, max: number, what: string): readonly ValueType[] {
  return Array.from({ length: reader.count(max, what) }, () => readValueType(reader))
}

function lettersOf(types: readonly ValueType[]): string {
  return types.map((type) => LETTERS[type]).join('')
}
