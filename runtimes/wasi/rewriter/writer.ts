/** Collects the bytes of the rewritten module. */
const utf8 = new TextEncoder()

/** Bytes of a {@link Writer.hole}: enough for what is counted in a body of {@link BOUNDS.moduleBytes}. */
const HOLE_BYTES = 4

export class Writer {
  #bytes: Uint8Array
  length = 0

  constructor(capacity: number) {
    this.#bytes = new Uint8Array(capacity)
  }

  byte(value: number): void {
    this.#reserve(1)
    this.#bytes[this.length++] = value
  }

  all(values: readonly number[]): void {
    this.#reserve(values.length)
    for (const value of values) this.#bytes[this.length++] = value
  }

  u32(value: number): void {
    this.#reserve(5)
    let rest = value >>> 0
    while (rest >= 0x80) {
      this.#bytes[this.length++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    this.#bytes[this.length++] = rest
  }

  /** A signed LEB128 number, as the constants of i32 are written. */
  s32(value: number): void {
    let rest = value | 0
    for (;;) {
      const low = rest & 0x7f
      rest >>= 7
      const done = low < 0x40 ? rest === 0 : rest === -1
      this.byte(done ? low : low | 0x80)
      if (done) return
    }
  }

  name(text: string): void {
    const bytes = utf8.encode(text)
    this.u32(bytes.length)
    this.copy(bytes, 0, bytes.length)
  }

  copy(source: Uint8Array, start: number, end: number): void {
    this.#reserve(end - start)
    this.#bytes.set(source.subarray(start, end), this.length)
    this.length += end - start
  }

  append(other: Writer): void {
    this.copy(other.#bytes, 0, other.length)
  }

  /** Leaves room for a non-negative constant that is known only later; returns where. */
  hole(): number {
    this.#reserve(HOLE_BYTES)
    const at = this.length
    this.length += HOLE_BYTES
    return at
  }

  /** Fills a hole with a number below 2^27, in the long form that LEB128 allows. */
  fill(at: number, value: number): void {
    if (value >= 2 ** 27) throw new RangeError(`value: ${value} does not fit a hole`)
    for (let index = 0; index < HOLE_BYTES - 1; index += 1) {
      this.#bytes[at + index] = ((value >>> (7 * index)) & 0x7f) | 0x80
    }
    this.#bytes[at + HOLE_BYTES - 1] = value >>> 21
  }

  clear(): void {
    this.length = 0
  }

  /** A copy of what was written. */
  finish(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#bytes.subarray(0, this.length))
  }

  #reserve(more: number): void {
    if (this.length + more <= this.#bytes.length) return
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.length + more))
    larger.set(this.#bytes.subarray(0, this.length))
    this.#bytes = larger
  }
}
