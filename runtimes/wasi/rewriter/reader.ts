/** Reads the bytes of a module. Each read is checked against the end it was given, whatever the bytes say. */
import { BOUNDS } from './bounds.ts'
import { inadmissible } from './inadmissible.ts'
import type { Folding } from './folding.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Where the index of a function stands. */
export interface FunctionIndex {
  readonly at: number
  readonly end: number
  readonly index: number
}

export class Reader {
  readonly bytes: Uint8Array
  readonly end: number
  /** Where the next read begins. */
  at: number
  /** Indices of functions that were read, in their order. */
  readonly functionIndices: FunctionIndex[] = []
  /** Where constant expressions are to be worked out. */
  fold: Folding | undefined

  constructor(bytes: Uint8Array, at = 0, end = bytes.length) {
    this.bytes = bytes
    this.at = at
    this.end = end
  }

  get done(): boolean {
    return this.at >= this.end
  }

  byte(): number {
    if (this.at >= this.end) return this.#truncated()
    return this.bytes[this.at++] as number
  }

  skip(count: number): void {
    if (count > this.end - this.at) this.#truncated()
    this.at += count
  }

  /** An unsigned LEB128 number of at most 32 bits. */
  u32(): number {
    const first = this.byte()
    return first < 0x80 ? first : this.#u32Rest(first & 0x7f)
  }

  #u32Rest(low: number): number {
    let value = low
    for (let scale = 2 ** 7; scale < 2 ** 28; scale *= 2 ** 7) {
      const next = this.byte()
      value += (next & 0x7f) * scale
      if (next < 0x80) return value
    }
    const last = this.byte()
    if (last > 0x0f) inadmissible(`malformed: a number longer than 32 bits at byte ${this.at - 1}`)
    return value + last * 2 ** 28
  }

  /** The index of a function, remembered with its place. */
  functionIndex(): void {
    const { at } = this
    const index = this.u32()
    this.functionIndices.push({ at, end: this.at, index })
  }

  /** Passes over one LEB128 number; whether it fits its type is left to the engine. */
  skipLeb(bytesMax: number): void {
    for (let left = bytesMax; left > 0; left -= 1) {
      if (this.byte() < 0x80) return
    }
    inadmissible(`malformed: a number longer than ${bytesMax} bytes at byte ${this.at}`)
  }

  /** The count of a vector: bounded, and never more than there are bytes left to hold its items. */
  count(max: number, what: string): number {
    const count = this.u32()
    if (count > max) inadmissible(`${count} ${what}, ${max} are allowed`)
    if (count > this.end - this.at) this.#truncated()
    return count
  }

  name(): string {
    const length = this.u32()
    const start = this.at
    this.skip(length)
    if (length > BOUNDS.nameBytes) inadmissible(`a name of ${length} bytes, ${BOUNDS.nameBytes} are allowed`)
    try {
      return utf8.decode(this.bytes.subarray(start, start + length))
    } catch {
      return inadmissible(`malformed: a name that is not UTF-8 at byte ${start}`)
    }
  }

  /** A reader of the next `length` bytes, which this one passes over. */
  part(length: number): Reader {
    const start = this.at
    this.skip(length)
    return new Reader(this.bytes, start, this.at)
  }

  /** Another reader of what is left, so that this one can still be copied from. */
  again(): Reader {
    return new Reader(this.bytes, this.at, this.end)
  }

  /** Another reader, from this byte on. */
  from(start: number): Reader {
    return new Reader(this.bytes, start, this.end)
  }

  /** Ends the reading of a section or body: everything must have been read. */
  finish(what: string): void {
    if (!this.done) inadmissible(`malformed: ${this.end - this.at} bytes too many in the ${what}`)
  }

  #truncated(): never {
    return inadmissible(`malformed: cut off at byte ${this.at}`)
  }
}
