/** Reads the numbers and strings of LevelDB's own encoding one after another. */

export class ByteCursor {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length
  }

  /** Seven bits an octet, the lowest first. @throws {RangeError} when it does not end in time */
  varint(): number {
    let value = 0
    for (let factor = 1; factor < 2 ** 56; factor *= 128) {
      const octet = this.#bytes[this.#at++]
      if (octet === undefined) throw new RangeError('a number is cut short')
      value += (octet & 0x7f) * factor
      if (octet < 0x80) return value
    }
    throw new RangeError('a number is too long')
  }

  /** @throws {RangeError} when there are not so many */
  take(length: number): Uint8Array {
    const end = this.#at + length
    if (end > this.#bytes.length) throw new RangeError('a string is cut short')
    const bytes = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return bytes
  }

  /** A length and as many octets. */
  string(): Uint8Array {
    return this.take(this.varint())
  }
}
