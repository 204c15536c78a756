/**
 * As much of protobuf as the formats of IPFS need: fields that are a varint or a string of bytes.
 *
 *   message = *field
 *   field   = varint(number << 3 | 0) varint / varint(number << 3 | 2) varint(length) bytes
 */
import { shape } from './content-error.ts'

export interface Field {
  readonly number: number
  readonly value: number | Uint8Array
}

/** The fields of a message in their order. @throws {ContentError} `SHAPE` */
export function fieldsOf(bytes: Uint8Array): Field[] {
  const fields: Field[] = []
  for (let at = 0; at < bytes.length;) {
    const head = readVarint(bytes, at)
    const given = readVarint(bytes, head.end)
    const [number, type] = [Math.floor(head.value / 8), head.value % 8]
    if (type !== 0 && type !== 2) throw shape('a field of a wire type that is not read')
    at = type === 0 ? given.end : given.end + given.value
    if (at > bytes.length) throw shape('a field that is cut')
    fields.push({ number, value: type === 0 ? given.value : bytes.subarray(given.end, at) })
  }
  return fields
}

/** The bytes of a message. */
export function encodeFields(fields: readonly Field[]): Uint8Array {
  const parts = fields.flatMap(({ number, value }) =>
    typeof value === 'number'
      ? [varint(number * 8), varint(value)]
      : [varint(number * 8 + 2), varint(value.length), value],
  )
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

function varint(value: number): Uint8Array {
  const bytes: number[] = []
  let rest = value
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80)
  return Uint8Array.of(...bytes, rest)
}

function readVarint(bytes: Uint8Array, start: number): { readonly value: number; readonly end: number } {
  let [value, weight] = [0, 1]
  for (let at = start; at < bytes.length; at++, weight *= 128) {
    const byte = bytes[at]!
    value += (byte & 0x7f) * weight
    if (!Number.isSafeInteger(value)) throw shape('a number beyond 53 bits')
    if (byte < 0x80) return { value, end: at + 1 }
  }
  throw shape('a number that is cut')
}
