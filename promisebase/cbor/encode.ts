/**
 * JavaScript values to the one deterministic encoding (RFC 8949 4.2.1). A value that has none is a mistake
 * of the caller: nothing is dropped, rounded or guessed.
 */
import { CID } from 'multiformats/cid'
import { readCid } from '../cid.ts'
import { BIGNUM_BYTES_MAX, CBOR_DEPTH_MAX } from './profile.ts'
import { CborFloat, CborSimple, CborTagged } from './value.ts'
import { ByteWriter } from './writer.ts'
import type { CborInput } from './value.ts'

/**
 * Encodes with the shortest floats. A number without a fraction is an integer, minus zero included; wrap it
 * in `CborFloat` for a float.
 * @throws {TypeError} for undefined, integers that are not safe, NaN and infinities outside `CborFloat`,
 *   functions, symbols, class instances, lone surrogates, equal keys, and nesting without end
 */
export function encodeCbor(value: CborInput): Uint8Array {
  return encode(value, false, copyOf)
}

/**
 * The same for bytes that are only looked at: `use` is given them without a copy, and they are written over once
 * it has returned. Whatever it encodes itself is written elsewhere.
 * @throws {TypeError} as {@link encodeCbor}
 */
export function withCbor<T>(value: CborInput, use: (bytes: Uint8Array) => T): T {
  return encode(value, false, use)
}

/**
 * Encodes as DAG-CBOR: text keys, finite floats of 64 bits, integers of 64 bits, no tag but that of a CID.
 * @throws {TypeError} as {@link encodeCbor}, and for what DAG-CBOR has no place for
 */
export function encodeDagCbor(value: CborInput): Uint8Array {
  return encode(value, true, copyOf)
}

/** Writers are kept between calls: one, and others for what is encoded while its bytes are looked at. */
const idle: ByteWriter[] = []
const IDLE_MAX = 4

/** One with a larger buffer is dropped, so that one big block does not stay in memory for ever. */
const IDLE_BYTES_MAX = 256 * 1024

function encode<T>(value: unknown, isDag: boolean, use: (bytes: Uint8Array) => T): T {
  const writer = idle.pop() ?? new ByteWriter()
  writer.at = 0
  try {
    new Encoder(writer, isDag).item(value, 0)
    return use(writer.written())
  } finally {
    if (writer.room <= IDLE_BYTES_MAX && idle.length < IDLE_MAX) idle.push(writer)
  }
}

/** Cheaper than an array made first and filled then. */
function copyOf(bytes: Uint8Array): Uint8Array {
  return bytes.slice()
}

class Encoder {
  readonly #out: ByteWriter
  readonly #isDag: boolean

  constructor(out: ByteWriter, isDag: boolean) {
    this.#out = out
    this.#isDag = isDag
  }

  item(value: unknown, depth: number): void {
    switch (typeof value) {
      case 'number':
        return this.#number(value)
      case 'string':
        return this.#out.text(value)
      case 'boolean':
        return this.#out.byte(value ? 0xf5 : 0xf4)
      case 'bigint':
        return this.#bigint(value)
      case 'object':
        return value === null ? this.#out.byte(0xf6) : this.#object(value, depth)
      default:
        throw new TypeError(`${typeof value} cannot be encoded`)
    }
  }

  #object(value: object, depth: number): void {
    if (depth > CBOR_DEPTH_MAX) throw new TypeError(`nested deeper than ${CBOR_DEPTH_MAX}`)
    if (value instanceof Uint8Array) return this.#bytes(value)
    if (Array.isArray(value)) return this.#array(value, depth)
    if (value instanceof Map) return this.#map(value, depth)
    if (value instanceof CID) return this.#link(value)
    if (value instanceof CborTagged) return this.#tagged(value, depth)
    if (value instanceof CborFloat) return this.#float(value.value)
    if (value instanceof CborSimple) return this.#simple(value.value)
    if (!isPlain(value)) throw new TypeError(`${nameOf(value)} cannot be encoded`)
    this.#record(value as Readonly<Record<string, unknown>>, depth)
  }

  #number(value: number): void {
    if (Number.isSafeInteger(value)) {
      if (value >= 0) this.#out.head(0, value)
      else this.#out.head(1, -1 - value)
    } else if (Number.isFinite(value) && !Number.isInteger(value)) {
      this.#float(value)
    } else {
      throw new TypeError(`${value} is neither a safe integer nor a float with a fraction`)
    }
  }

  #bigint(value: bigint): void {
    const major = value < 0n ? 1 : 0
    const argument = value < 0n ? -1n - value : value
    if (argument <= 0xffffffffn) this.#out.head(major, Number(argument))
    else if (argument <= 0xffffffffffffffffn) this.#out.head64(major, argument)
    else this.#bignum(major + 2, argument)
  }

  #bignum(tag: number, magnitude: bigint): void {
    if (this.#isDag) throw new TypeError('DAG-CBOR has no integers beyond 64 bits')
    const digits = magnitude.toString(16)
    const hex = digits.length % 2 === 0 ? digits : `0${digits}`
    if (hex.length > 2 * BIGNUM_BYTES_MAX)
      throw new TypeError(`a bigint of more than ${BIGNUM_BYTES_MAX} bytes`)
    this.#out.head(6, tag)
    this.#out.head(2, hex.length / 2)
    for (let at = 0; at < hex.length; at += 2) this.#out.byte(Number.parseInt(hex.slice(at, at + 2), 16))
  }

  #bytes(value: Uint8Array): void {
    this.#out.head(2, value.length)
    this.#out.raw(value)
  }

  #array(values: readonly unknown[], depth: number): void {
    this.#out.head(4, values.length)
    for (let index = 0; index < values.length; index++) this.item(values[index], depth + 1)
  }

  /** Entries are written as they come, and moved only when their keys were not in order. */
  #map(map: ReadonlyMap<unknown, unknown>, depth: number): void {
    this.#out.head(5, map.size)
    const spans: number[] = []
    let isSorted = true
    for (const [key, value] of map) isSorted = this.#entry(spans, key, value, depth) && isSorted
    if (!isSorted) this.#out.sortEntries(spans)
  }

  #record(record: Readonly<Record<string, unknown>>, depth: number): void {
    const names = Object.keys(record)
    this.#out.head(5, names.length)
    const spans: number[] = []
    let isSorted = true
    for (const name of names) isSorted = this.#entry(spans, name, record[name], depth) && isSorted
    if (!isSorted) this.#out.sortEntries(spans)
  }

  /** Writes one entry and notes its span; answers whether its key comes after the one before. */
  #entry(spans: number[], key: unknown, value: unknown, depth: number): boolean {
    const out = this.#out
    const start = out.at
    this.#key(key, depth + 1)
    const before = spans.length - 2
    const keyEnd = out.at
    spans.push(start, keyEnd)
    this.item(value, depth + 1)
    return (
      before < 0 || out.compareKeys(spans[before] as number, spans[before + 1] as number, start, keyEnd) < 0
    )
  }

  #key(key: unknown, depth: number): void {
    if (this.#isDag && typeof key !== 'string') throw new TypeError(`${nameOf(key)} cannot be a key`)
    this.item(key, depth)
  }

  #link(cid: CID): void {
    this.#out.head(6, 42)
    this.#out.head(2, cid.bytes.length + 1)
    this.#out.byte(0)
    this.#out.raw(cid.bytes)
  }

  #tagged({ tag, value }: CborTagged, depth: number): void {
    if (this.#isDag) throw new TypeError('DAG-CBOR has no tag but that of a CID')
    if (tag === 42) return this.#bareLink(value)
    if (tag === 2 || tag === 3) throw new TypeError(`tag ${tag} is written for a bigint, not by hand`)
    this.#out.head(6, tag)
    this.item(value, depth + 1)
  }

  /** Only to give back what others wrote; our own links are CIDs and begin with 00. */
  #bareLink(value: unknown): void {
    const isBare = value instanceof Uint8Array && readCid(value, 0, value.length) !== undefined
    if (!isBare) throw new TypeError('tag 42 is written for a CID, or for the bytes of one')
    this.#out.head(6, 42)
    this.#bytes(value)
  }

  #simple(value: number): void {
    if (this.#isDag) throw new TypeError('DAG-CBOR has no simple values but false, true and null')
    this.#out.head(7, value)
  }

  #float(value: number): void {
    if (!this.#isDag) return this.#out.shortestFloat(value)
    if (!Number.isFinite(value)) throw new TypeError(`DAG-CBOR has no ${value}`)
    this.#out.float64(value)
  }
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}

function nameOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value === null ? value : typeof value)
  return (value.constructor as { readonly name?: string } | undefined)?.name ?? 'this object'
}
