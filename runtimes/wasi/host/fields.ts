/**
 * Questions and structured answers as bytes (spec/host-functions.md, "Fields"):
 *
 *   fields = *field
 *   field  = number / bytes
 *   number = 8 bytes, little-endian
 *   bytes  = length as 4 bytes, little-endian, then so many bytes
 *
 * Which fields there are follows from the name of the question. They are written here and read here alone.
 */
const NUMBER_BYTES = 8
const LENGTH_BYTES = 4

type Field = number | bigint | Uint8Array

/** Length of fields, known before anything is copied. */
export function fieldsLength(fields: readonly Field[]): number {
  return fields.reduce<number>((sum, field) => sum + lengthOf(field), 0)
}

export function writeFields(...fields: readonly Field[]): Uint8Array {
  const bytes = new Uint8Array(fieldsLength(fields))
  const view = new DataView(bytes.buffer)
  let at = 0
  for (const field of fields) {
    if (field instanceof Uint8Array) {
      view.setUint32(at, field.length, true)
      bytes.set(field, at + LENGTH_BYTES)
    } else view.setBigUint64(at, BigInt(field), true)
    at += lengthOf(field)
  }
  return bytes
}

function lengthOf(field: Field): number {
  return field instanceof Uint8Array ? LENGTH_BYTES + field.length : NUMBER_BYTES
}

/** Reads fields in the order they were written in. @throws {RangeError} there are no more */
export class FieldReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  number(): number {
    const at = this.#at
    this.#at += NUMBER_BYTES
    return Number(this.#view.getBigUint64(at, true))
  }

  /** A view: whoever keeps it copies it. */
  bytes(): Uint8Array {
    const from = this.#at + LENGTH_BYTES
    this.#at = from + this.#view.getUint32(this.#at, true)
    if (this.#at > this.#bytes.length) throw new RangeError('a field is longer than what is left')
    return this.#bytes.subarray(from, this.#at)
  }

  /** So many byte strings, their number in front. */
  list(): Uint8Array[] {
    return Array.from({ length: this.number() }, () => this.bytes())
  }
}
