/**
 * JavaScript values to the one deterministic encoding (RFC 8949 4.2.1). A value that has none is a mistake
 * of the caller: nothing is dropped, rounded or guessed.
 */
import { CID } from 'multiformats/cid'
import { BIGNUM_BYTES_MAX, CBOR_DEPTH_MAX } from './profile.ts'
import { fitsSingle, halfFromNumber } from './float.ts'
import { CborFloat, CborSimple, CborTagged } from './value.ts'
import type { CborInput } from './value.ts'

/**
 * Encodes with the shortest floats. A number without a fraction is an integer; wrap it in `CborFloat` for
 * a float.
 * @throws {TypeError} for undefined, NaN and infinities outside `CborFloat`, integers that are not safe,
 *   functions, symbols, class instances, lone surrogates, equal keys, and nesting that does not end
 */
export function encodeCbor(value: CborInput): Uint8Array {
  return encode(value, false)
}

/**
 * Encodes as DAG-CBOR: text keys only, floats of 64 bits, tag 42 alone.
 * @throws {TypeError} as {@link encodeCbor}, and for what DAG-CBOR has no place for
 */
export function encodeDagCbor(value: CborInput): Uint8Array {
  return encode(value, true)
}

/** One buffer is kept between calls; a call inside a getter of the value takes another. */
let idle: Uint8Array | undefined = new Uint8Array(4096)

/** A larger buffer is not kept, so that one big block does not stay in memory for ever. */
const IDLE_BYTES_MAX = 256 * 1024

function encode(value: unknown, isDag: boolean): Uint8Array {
  const writer = new Writer(idle ?? new Uint8Array(1024), isDag)
  idle = undefined
  try {
    writer.item(value, 0)
    return writer.finish()
  } finally {
    idle = writer.reusable(IDLE_BYTES_MAX)
  }
}

class Writer {
  #bytes: Uint8Array
  #view: DataView
  #at = 0
  readonly #isDag: boolean

  constructor(bytes: Uint8Array, isDag: boolean) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer)
    this.#isDag = isDag
  }

  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#at)
  }

  reusable(bytesMax: number): Uint8Array | undefined {
    return this.#bytes.length <= bytesMax ? this.#bytes : undefined
  }

  item(value: unknown, depth: number): void {
    switch (typeof value) {
      case 'number':
        return this.#number(value)
      case 'string':
        return this.#text(value)
      case 'boolean':
        return this.#byte(value ? 0xf5 : 0xf4)
      case 'bigint':
        return this.#bigint(value)
      case 'object':
        return value === null ? this.#byte(0xf6) : this.#object(value, depth)
      default:
        throw new TypeError(`${typeof value} cannot be encoded`)
    }
  }

  #object(value: object, depth: number): void {
    if (depth > CBOR_DEPTH_MAX) throw new TypeError(`nested deeper than ${CBOR_DEPTH_MAX}`)
    if (value instanceof Uint8Array) return this.#byteString(value)
    if (Array.isArray(value)) return this.#array(value, depth)
    if (value instanceof Map) return this.#map(value.size, value, depth)
    if (value instanceof CID) return this.#link(value)
    if (value instanceof CborTagged) return this.#tagged(value, depth)
    if (value instanceof CborFloat) return this.#float(value.value)
    if (value instanceof CborSimple) return this.#simple(value.value)
    if (!isPlain(value)) throw new TypeError(`a ${nameOf(value)} cannot be encoded`)
    const entries = Object.entries(value)
    this.#map(entries.length, entries, depth)
  }

  #number(value: number): void {
    if (Number.isSafeInteger(value)) {
      if (value >= 0) this.#head(0, value)
      else this.#head(1, -1 - value)
    } else if (Number.isFinite(value) && !Number.isInteger(value)) {
      this.#float(value)
    } else {
      throw new TypeError(`${value} is neither a safe integer nor a float with a fraction`)
    }
  }

  #bigint(value: bigint): void {
    const isNegative = value < 0n
    const size = isNegative ? -1n - value : value
    if (size <= BigInt(Number.MAX_SAFE_INTEGER)) return this.#head(isNegative ? 1 : 0, Number(size))
    if (size > 0xffffffffffffffffn) return this.#bignum(isNegative ? 3 : 2, size)
    this.#room(9)
    this.#bytes[this.#at] = isNegative ? 0x3b : 0x1b
    this.#view.setBigUint64(this.#at + 1, size)
    this.#at += 9
  }

  #bignum(tag: number, size: bigint): void {
    if (this.#isDag) throw new TypeError('DAG-CBOR has no integers beyond 64 bits')
    const hex = size.toString(16)
    const even = hex.length % 2 === 0 ? hex : `0${hex}`
    if (even.length / 2 > BIGNUM_BYTES_MAX)
      throw new TypeError(`a bigint of more than ${BIGNUM_BYTES_MAX} bytes`)
    const bytes = Uint8Array.from({ length: even.length / 2 }, (_, index) =>
      Number.parseInt(even.slice(2 * index, 2 * index + 2), 16),
    )
    this.#head(6, tag)
    this.#byteString(bytes)
  }

  #byteString(value: Uint8Array): void {
    this.#head(2, value.length)
    this.#room(value.length)
    this.#bytes.set(value, this.#at)
    this.#at += value.length
  }

  #text(value: string): void {
    const length = utf8Length(value)
    this.#head(3, length)
    this.#room(length)
    if (length === value.length) {
      for (let index = 0; index < length; index++) this.#bytes[this.#at + index] = value.charCodeAt(index)
    } else {
      encoder.encodeInto(value, this.#bytes.subarray(this.#at))
    }
    this.#at += length
  }

  #array(values: readonly unknown[], depth: number): void {
    this.#head(4, values.length)
    for (let index = 0; index < values.length; index++) this.item(values[index], depth + 1)
  }

  /** Writes entries as they come while they happen to be in order, and sorts only when they are not. */
  #map(count: number, entries: Iterable<readonly [unknown, unknown]>, depth: number): void {
    this.#head(5, count)
    const body = this.#at
    const keys: number[] = []
    const ends: number[] = []
    let isSorted = true
    for (const [key, value] of entries) {
      const start = this.#at
      this.#key(key)
      const end = this.#at
      const last = keys.length - 1
      if (last >= 0 && compare(this.#bytes, keys[last] as number, ends[last] as number, start, end) >= 0) {
        isSorted = false
      }
      keys.push(start)
      ends.push(end)
      this.item(value, depth + 1)
    }
    if (!isSorted) this.#sort(body, keys, ends)
  }

  #key(key: unknown): void {
    const isKey = typeof key === 'string' || (!this.#isDag && isOtherKey(key))
    if (!isKey) throw new TypeError(`a ${nameOf(key)} cannot be a key`)
    this.item(key, 0)
  }

  #sort(body: number, keys: readonly number[], ends: readonly number[]): void {
    const copy = this.#bytes.slice(body, this.#at)
    const order = keys.map((_, index) => index)
    order.sort((one, other) => this.#compareKeys(keys, ends, one, other))
    let at = body
    for (const index of order) {
      const start = keys[index] as number
      const end = keys[index + 1] ?? body + copy.length
      this.#bytes.set(copy.subarray(start - body, end - body), at)
      at += end - start
    }
  }

  #compareKeys(keys: readonly number[], ends: readonly number[], one: number, other: number): number {
    const order = compare(
      this.#bytes,
      keys[one] as number,
      ends[one] as number,
      keys[other] as number,
      ends[other] as number,
    )
    if (order === 0 && one !== other) throw new TypeError('two keys have the same encoding')
    return order
  }

  #link(cid: CID): void {
    this.#head(6, 42)
    this.#head(2, cid.bytes.length + 1)
    this.#byte(0)
    this.#room(cid.bytes.length)
    this.#bytes.set(cid.bytes, this.#at)
    this.#at += cid.bytes.length
  }

  #tagged(value: CborTagged, depth: number): void {
    if (this.#isDag) throw new TypeError('DAG-CBOR has no tag but 42, and that is a CID')
    if (value.tag === 42 || value.tag === 2 || value.tag === 3) {
      throw new TypeError(`tag ${value.tag} is written for a CID or a bigint, not by hand`)
    }
    this.#head(6, value.tag)
    this.item(value.value, depth + 1)
  }

  #simple(value: number): void {
    if (this.#isDag) throw new TypeError('DAG-CBOR has no simple values but false, true and null')
    this.#head(7, value)
  }

  #float(value: number): void {
    if (this.#isDag && !Number.isFinite(value)) throw new TypeError(`DAG-CBOR has no ${value}`)
    const half = this.#isDag ? undefined : halfFromNumber(value)
    this.#room(9)
    const { 0: initial, 1: width } =
      half !== undefined ? [0xf9, 2] : !this.#isDag && fitsSingle(value) ? [0xfa, 4] : [0xfb, 8]
    this.#bytes[this.#at] = initial
    if (half !== undefined) this.#view.setUint16(this.#at + 1, half)
    else if (width === 4) this.#view.setFloat32(this.#at + 1, value)
    else this.#view.setFloat64(this.#at + 1, value)
    this.#at += 1 + width
  }

  #head(major: number, argument: number): void {
    this.#room(9)
    const initial = major << 5
    if (argument < 24) {
      this.#bytes[this.#at++] = initial | argument
    } else if (argument < 0x100) {
      this.#bytes[this.#at++] = initial | 24
      this.#bytes[this.#at++] = argument
    } else if (argument < 0x10000) {
      this.#bytes[this.#at] = initial | 25
      this.#view.setUint16(this.#at + 1, argument)
      this.#at += 3
    } else if (argument < 0x100000000) {
      this.#bytes[this.#at] = initial | 26
      this.#view.setUint32(this.#at + 1, argument)
      this.#at += 5
    } else {
      this.#bytes[this.#at] = initial | 27
      this.#view.setUint32(this.#at + 1, Math.floor(argument / 0x100000000))
      this.#view.setUint32(this.#at + 5, argument % 0x100000000)
      this.#at += 9
    }
  }

  #byte(value: number): void {
    this.#room(1)
    this.#bytes[this.#at++] = value
  }

  #room(length: number): void {
    if (this.#at + length <= this.#bytes.length) return
    const bytes = new Uint8Array(Math.max(2 * this.#bytes.length, this.#at + length))
    bytes.set(this.#bytes.subarray(0, this.#at))
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer)
  }
}

const encoder = new TextEncoder()

/** @throws {TypeError} for a lone surrogate, which has no UTF-8 */
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
    // A pair is two units and four bytes: the first unit counted three of them, the second is one.
    index += 1
  }
  return length
}

function compare(
  bytes: Uint8Array,
  start: number,
  end: number,
  otherStart: number,
  otherEnd: number,
): number {
  const common = Math.min(end - start, otherEnd - otherStart)
  for (let index = 0; index < common; index++) {
    const difference = (bytes[start + index] as number) - (bytes[otherStart + index] as number)
    if (difference !== 0) return difference
  }
  return end - start - (otherEnd - otherStart)
}

function isOtherKey(key: unknown): boolean {
  if (typeof key === 'number') return Number.isSafeInteger(key)
  return typeof key === 'bigint' || typeof key === 'boolean' || key instanceof Uint8Array
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}

function nameOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(typeof value)
  return (value.constructor as { readonly name?: string } | undefined)?.name ?? 'object'
}
