/** Bytes a guest writes, up to a bound. */
const FIRST_BYTES = 1_024

export class OutputBuffer {
  readonly bytesMax: number
  #bytes = new Uint8Array(0)
  #length = 0

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax
  }

  get room(): number {
    return this.bytesMax - this.#length
  }

  /** Adds bytes; the caller has checked that there is room. */
  write(bytes: Uint8Array): void {
    const end = this.#length + bytes.length
    if (end > this.#bytes.length) this.#grow(end)
    this.#bytes.set(bytes, this.#length)
    this.#length = end
  }

  /** What was written, as bytes of the caller's own. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length)
  }

  #grow(end: number): void {
    const larger = new Uint8Array(Math.max(FIRST_BYTES, this.#bytes.length * 2, end))
    larger.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = larger
  }
}
