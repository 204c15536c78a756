/** The bytes of deterministic CBOR as they grow: shortest heads, UTF-8, floats, and map entries in order. */
import { fitsSingle, halfFromNumber } from './float.ts'

/** One entry of a map: where it begins, where its key ends, and where it ends itself. */
interface Entry {
  readonly start: number
  readonly keyEnd: number
  readonly end: number
}

const encoder = new TextEncoder()

export class ByteWriter {
  at = 0
  #bytes = new Uint8Array(4096)
  #view = new DataView(this.#bytes.buffer)

  /** Length of what the bytes are written to; it grows with them. */
  get room(): number {
    return this.#bytes.length
  }

  /** What was written, until more is. */
  written(): Uint8Array {
    return this.#bytes.subarray(0, this.at)
  }

  byte(value: number): void {
    this.#room(1)
    this.#bytes[this.at++] = value
  }

  raw(bytes: Uint8Array): void {
    this.#room(bytes.length)
    this.#bytes.set(bytes, this.at)
    this.at += bytes.length
  }

  head(major: number, argument: number): void {
    this.#room(9)
    const initial = major << 5
    if (argument < 24) {
      this.#bytes[this.at++] = initial | argument
    } else if (argument < 0x100) {
      this.#bytes[this.at++] = initial | 24
      this.#bytes[this.at++] = argument
    } else if (argument < 0x10000) {
      this.#bytes[this.at] = initial | 25
      this.#view.setUint16(this.at + 1, argument)
      this.at += 3
    } else if (argument < 0x100000000) {
      this.#bytes[this.at] = initial | 26
      this.#view.setUint32(this.at + 1, argument)
      this.at += 5
    } else {
      this.head64(major, BigInt(argument))
    }
  }

  /** A head of nine bytes, for arguments of 33 to 64 bits. */
  head64(major: number, argument: bigint): void {
    this.#room(9)
    this.#bytes[this.at] = (major << 5) | 27
    this.#view.setBigUint64(this.at + 1, argument)
    this.at += 9
  }

  /** @throws {TypeError} for a lone surrogate, which has no UTF-8 */
  text(value: string): void {
    const length = utf8Length(value)
    this.head(3, length)
    this.#room(length)
    if (length === value.length) {
      for (let index = 0; index < length; index++) this.#bytes[this.at + index] = value.charCodeAt(index)
    } else {
      encoder.encodeInto(value, this.#bytes.subarray(this.at))
    }
    this.at += length
  }

  float64(value: number): void {
    this.#room(9)
    this.#bytes[this.at] = 0xfb
    this.#view.setFloat64(this.at + 1, value)
    this.at += 9
  }

  shortestFloat(value: number): void {
    const half = halfFromNumber(value)
    if (half === undefined && !fitsSingle(value)) return this.float64(value)
    this.#room(5)
    this.#bytes[this.at] = half === undefined ? 0xfa : 0xf9
    if (half === undefined) this.#view.setFloat32(this.at + 1, value)
    else this.#view.setUint16(this.at + 1, half)
    this.at += half === undefined ? 5 : 3
  }

  /** Below 0 when the key in the first span comes first in the order of its bytes, 0 when they are equal. */
  compareKeys(start: number, end: number, otherStart: number, otherEnd: number): number {
    const length = end - start
    const otherLength = otherEnd - otherStart
    for (let index = 0; index < length && index < otherLength; index++) {
      const difference = (this.#bytes[start + index] as number) - (this.#bytes[otherStart + index] as number)
      if (difference !== 0) return difference
    }
    return length - otherLength
  }

  /**
   * Puts the entries written last, which fill everything from the first of them up to here, in order. Of each
   * one `spans` says where it begins and where its key ends.
   * @throws {TypeError} when two keys are equal
   */
  sortEntries(spans: readonly number[]): void {
    const body = spans[0] ?? this.at
    const copy = this.#bytes.slice(body, this.at)
    const entries: Entry[] = []
    for (let at = 0; at < spans.length; at += 2)
      entries.push({
        start: spans[at] as number,
        keyEnd: spans[at + 1] as number,
        end: spans[at + 2] ?? this.at,
      })
    const compare = (one: Entry, other: Entry): number =>
      this.compareKeys(one.start, one.keyEnd, other.start, other.keyEnd)
    entries.sort(compare)
    if (entries.some((entry, index) => index > 0 && compare(entries[index - 1] as Entry, entry) === 0)) {
      throw new TypeError('two keys have the same encoding')
    }
    this.at = body
    for (const { start, end } of entries) this.raw(copy.subarray(start - body, end - body))
  }

  #room(length: number): void {
    if (this.at + length <= this.#bytes.length) return
    const bytes = new Uint8Array(Math.max(2 * this.#bytes.length, this.at + length))
    bytes.set(this.#bytes.subarray(0, this.at))
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer)
  }
}

function utf8Length(text: string): number {
  let length = text.length
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    if (unit < 0x80) continue
    length += unit < 0x800 ? 1 : 2
    if (unit < 0xd800 || unit > 0xdfff) continue
    const next = text.charCodeAt(index + 1)
    if (unit > 0xdbff || !(next >= 0xdc00 && next <= 0xdfff))
      throw new TypeError('text with a lone surrogate')
    // A pair is two units and four bytes, and the first unit has counted for three of them.
    index += 1
  }
  return length
}
