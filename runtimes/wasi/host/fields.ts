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

/** Numbers are whole and not negative. */
export type Field = number | Uint8Array

/** Length of fields, known before anything is copied. */
export function fieldsLength(fields: readonly Field[]): number {
  let length = 0
  for (const field of fields) length += typeof field === 'number' ? NUMBER_BYTES : LENGTH_BYTES + field.length
  return length
}

export function writeFields(fields: readonly Field[]): Uint8Array {
  const bytes = new Uint8Array(fieldsLength(fields))
  let at = 0
  for (const field of fields)
    at = typeof field === 'number' ? putNumber(bytes, at, field) : putBytes(bytes, at, field)
  return bytes
}

function putNumber(bytes: Uint8Array, at: number, value: number): number {
  putWord(bytes, at, value)
  putWord(bytes, at + LENGTH_BYTES, value / 2 ** 32)
  return at + NUMBER_BYTES
}

function putBytes(bytes: Uint8Array, at: number, value: Uint8Array): number {
  putWord(bytes, at, value.length)
  bytes.set(value, at + LENGTH_BYTES)
  return at + LENGTH_BYTES + value.length
}

/** By hand: a view for each question would cost more than the rest of it. */
function putWord(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value
  bytes[at + 1] = value >>> 8
  bytes[at + 2] = value >>> 16
  bytes[at + 3] = value >>> 24
}

/** Bytes that are no fields of the question they were sent for. */
export class MalformedFields extends RangeError {
  override readonly name = 'MalformedFields'
}

/** Reads fields in the order they were written in. @throws {MalformedFields} there are no more */
export class FieldReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  number(): number {
    return Number(this.#view.getBigUint64(this.#take(NUMBER_BYTES), true))
  }

  /** A view: whoever keeps it copies it. */
  bytes(): Uint8Array {
    const length = this.#view.getUint32(this.#take(LENGTH_BYTES), true)
    const from = this.#take(length)
    return this.#bytes.subarray(from, from + length)
  }

  /** So many byte strings, their number in front. */
  list(): Uint8Array[] {
    const length = this.number()
    if (length > (this.#bytes.length - this.#at) / LENGTH_BYTES)
      throw new MalformedFields('a list is longer than what is left')
    return Array.from({ length }, () => this.bytes())
  }

  #take(bytes: number): number {
    const at = this.#at
    if (bytes > this.#bytes.length - at) throw new MalformedFields('a field is longer than what is left')
    this.#at += bytes
    return at
  }
}
