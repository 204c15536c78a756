/**
 * The scan before decoding: is this one item of deterministic CBOR (RFC 8949 4.2.1) inside a profile? It
 * keeps a stack of its own instead of recursing, allocates nothing that the input claims, and reads each
 * byte a bounded number of times, so that hostile input costs no more than honest input of its length.
 *
 * The first thing wrong, in the order of the bytes, decides the code:
 *   DECODE  not well-formed: cut, followed by more, reserved, duplicate key, bad UTF-8, tag 42 without a CID
 *   CANON   well-formed, but not the one encoding: long heads, indefinite lengths, unsorted keys, long floats
 *   LIMIT   more than the profile bears; a claimed length counts as if it were there
 *   SHAPE   deterministic, but a tag, float, key or simple value that the profile leaves out
 *
 * What needs a schema is decided by the reader of the decoded value: that a key is `__proto__`, that a
 * number is out of the range of its field, that an integer stands where text should.
 */
import { BIGNUM_BYTES_MAX, CBOR_DEPTH_MAX } from './profile.ts'
import { isShortestFloat } from './float.ts'
import { isGridEnvelope } from './grid-tag.ts'
import { isUtf8 } from './utf8.ts'
import { readCid } from '../cid.ts'
import type { Result } from '../interface.ts'
import type { CborProfile } from './profile.ts'

export type CborRefusalCode = 'DECODE' | 'CANON' | 'LIMIT' | 'SHAPE'

export type CborResult<T> = Result<T, CborRefusalCode>

/** Holds `bytes` against the profile. Never throws on input; @throws {RangeError} for an impossible profile */
export function scanCbor(bytes: Uint8Array, profile: CborProfile): CborResult<{ readonly items: number }> {
  if (profile.depth > CBOR_DEPTH_MAX) throw new RangeError(`profile ${profile.name} is deeper than any stack`)
  if (bytes.length > profile.maxBytes) {
    return { refused: { code: 'LIMIT', detail: `${bytes.length} bytes are more than ${profile.maxBytes}` } }
  }
  const scan = new Scan(bytes, profile)
  const done = scan.run()
  return done ? { ok: { items: scan.items } } : { refused: scan.refusal }
}

// One frame per open container: how many items it still lacks, and for a map where the key being read begins
// and the span of the one before. No scan runs inside another one, so one set of frames serves all of them.
const lacks = new Float64Array(CBOR_DEPTH_MAX)
const isMap = new Uint8Array(CBOR_DEPTH_MAX)
const keyAt = new Float64Array(CBOR_DEPTH_MAX)
const keyStart = new Float64Array(CBOR_DEPTH_MAX)
const keyEnd = new Float64Array(CBOR_DEPTH_MAX)

class Scan {
  /** Items seen or claimed by a container so far. */
  items = 1
  refusal: { code: CborRefusalCode; detail: string } = { code: 'DECODE', detail: '' }

  readonly #bytes: Uint8Array
  readonly #profile: CborProfile
  /** Made for the first float: there are many, or none. */
  #view: DataView | undefined
  #at = 0
  /** The argument of the head read last; above 2^53 it is near enough, as every bound is far below. */
  #argument = 0
  #depth = 0

  constructor(bytes: Uint8Array, profile: CborProfile) {
    this.#bytes = bytes
    this.#profile = profile
  }

  run(): boolean {
    do {
      const top = this.#depth - 1
      const isKey = top >= 0 && this.#awaitsKey(top)
      if (isKey) keyAt[top] = this.#at
      if (!this.#item(isKey)) return false
    } while (this.#depth > 0)
    if (this.#at !== this.#bytes.length) return this.#fail('DECODE', 'bytes follow the item')
    if (this.#profile.form === undefined || isGridEnvelope(this.#bytes)) return true
    this.#at = 0
    return this.#fail('SHAPE', 'not a grid envelope: tag 1735551332 over an array that begins with a link')
  }

  #awaitsKey(frame: number): boolean {
    return isMap[frame] === 1 && (lacks[frame] as number) % 2 === 0
  }

  /** One head and what belongs to it; a container is opened and its items are left to the loop. */
  #item(isKey: boolean): boolean {
    const initial = this.#bytes[this.#at]
    if (initial === undefined) return this.#fail('DECODE', 'the input ends early')
    const major = initial >> 5
    if (major === 7) return this.#simpleOrFloat(initial & 0x1f, isKey)
    if (!this.#head(initial)) return false
    if (major === 6) return this.#tag(isKey)
    if (isKey && !this.#isKeyKind(major)) return this.#fail('SHAPE', 'a key of this kind')
    if (major >= 4) return this.#open(major === 5)
    if (major >= 2 && !this.#string(major === 3)) return false
    return this.#close()
  }

  #isKeyKind(major: number): boolean {
    const { keys } = this.#profile
    return keys === 'any' || major === 3 || (major < 2 && keys === 'int-or-text')
  }

  /** Reads initial byte and argument, and demands the shortest form. */
  #head(initial: number): boolean {
    const info = initial & 0x1f
    if (info < 24) {
      this.#argument = info
      this.#at += 1
      return true
    }
    if (info > 27) return this.#unusualHead(initial >> 5, info)
    const width = 1 << (info - 24)
    if (this.#at + 1 + width > this.#bytes.length) return this.#fail('DECODE', 'the input ends inside a head')
    let argument = 0
    for (let index = 1; index <= width; index++) {
      argument = argument * 256 + (this.#bytes[this.#at + index] as number)
    }
    if (argument < (SHORTEST[info - 24] as number)) return this.#fail('CANON', 'a head longer than needed')
    this.#argument = argument
    this.#at += 1 + width
    return true
  }

  #unusualHead(major: number, info: number): boolean {
    if (info === 31 && major >= 2 && major <= 5) return this.#fail('CANON', 'an indefinite length')
    return this.#fail('DECODE', 'a reserved head')
  }

  #string(isText: boolean): boolean {
    const length = this.#argument
    if (length > this.#profile.maxBytes)
      return this.#fail('LIMIT', 'a string longer than the bound of the input')
    const end = this.#at + length
    if (end > this.#bytes.length) return this.#fail('DECODE', 'the input ends inside a string')
    if (isText && !isUtf8(this.#bytes, this.#at, end)) return this.#fail('DECODE', 'text is not UTF-8')
    this.#at = end
    return true
  }

  #open(asMap: boolean): boolean {
    const count = asMap ? 2 * this.#argument : this.#argument
    if (!this.#claim(count)) return false
    if (this.#depth >= this.#profile.depth) return this.#tooDeep()
    if (count === 0) return this.#close()
    this.#push(count, asMap)
    return true
  }

  /** Counts items before they are read: a container must not promise more than may, or can, follow. */
  #claim(count: number): boolean {
    if (this.items + count > this.#profile.items) {
      return this.#fail('LIMIT', `more than ${this.#profile.items} items`)
    }
    this.items += count
    return count <= this.#bytes.length - this.#at || this.#fail('DECODE', 'the input ends inside a container')
  }

  #push(count: number, asMap: boolean): void {
    const top = this.#depth++
    lacks[top] = count
    isMap[top] = asMap ? 1 : 0
    keyEnd[top] = 0
  }

  /** An item is complete, and with it every container that lacked only this. */
  #close(): boolean {
    while (this.#depth > 0) {
      const top = this.#depth - 1
      if (this.#awaitsKey(top) && !this.#keyInOrder(top)) return false
      const left = (lacks[top] as number) - 1
      lacks[top] = left
      if (left > 0) return true
      this.#depth = top
    }
    return true
  }

  /**
   * Keys must rise strictly, compared as bytes; the key before the first one is the empty span. A byte is
   * compared twice at most for each key around it, and keys are enclosed by no more than the depth.
   */
  #keyInOrder(frame: number): boolean {
    const start = keyAt[frame] as number
    const order = this.#compareSpans(keyStart[frame] as number, keyEnd[frame] as number, start, this.#at)
    if (order === 0) return this.#fail('DECODE', 'a key occurs twice')
    if (order > 0) return this.#fail('CANON', 'keys are not sorted')
    keyStart[frame] = start
    keyEnd[frame] = this.#at
    return true
  }

  #compareSpans(start: number, end: number, otherStart: number, otherEnd: number): number {
    if (end === 0) return -1
    const bytes = this.#bytes
    const common = Math.min(end - start, otherEnd - otherStart)
    for (let index = 0; index < common; index++) {
      const difference = (bytes[start + index] as number) - (bytes[otherStart + index] as number)
      if (difference !== 0) return difference
    }
    return end - start - (otherEnd - otherStart)
  }

  #tag(isKey: boolean): boolean {
    const tag = this.#argument
    if (!this.#claim(1)) return false
    if ((tag === 2 || tag === 3) && isByteString(this.#bytes[this.#at])) return this.#bignum(tag, isKey)
    const { tags } = this.#profile
    if (tags !== 'any' && !tags.has(tag)) return this.#fail('SHAPE', `tag ${tag}`)
    if (isKey && this.#profile.keys !== 'any') return this.#fail('SHAPE', 'a key of this kind')
    if (tag === 2 || tag === 3) return this.#fail('SHAPE', 'a bignum that is not a byte string')
    if (tag > Number.MAX_SAFE_INTEGER) return this.#fail('LIMIT', 'a tag above 2^53')
    if (this.#depth >= this.#profile.depth) return this.#tooDeep()
    if (tag === 42) return this.#link()
    this.#push(1, false)
    return true
  }

  /** Size and form come before the question whether bignums are wanted: they are wrong in every profile. */
  #bignum(tag: number, isKey: boolean): boolean {
    if (!this.#head(this.#bytes[this.#at] as number)) return false
    if (this.#argument > BIGNUM_BYTES_MAX) return this.#fail('LIMIT', 'a bignum too long')
    if (!this.#string(false)) return false
    const isShort = this.#argument <= 8 || this.#bytes[this.#at - this.#argument] === 0
    if (isShort) return this.#fail('CANON', 'a bignum longer than needed')
    const { tags, keys } = this.#profile
    if (tags !== 'any' && !tags.has(tag)) return this.#fail('SHAPE', `tag ${tag}`)
    if (isKey && keys !== 'any') return this.#fail('SHAPE', 'a key of this kind')
    return this.#close()
  }

  #link(): boolean {
    const initial = this.#bytes[this.#at]
    if (!isByteString(initial)) return this.#fail('DECODE', 'tag 42 without a byte string')
    if (!this.#head(initial) || !this.#string(false)) return false
    const start = this.#at - this.#argument
    const isPrefixed = this.#argument > 0 && this.#bytes[start] === 0
    if (!isPrefixed && this.#profile.cid === 'prefixed') return this.#fail('DECODE', 'a link without its 00')
    const cid = readCid(this.#bytes, isPrefixed ? start + 1 : start, this.#at)
    if (cid === undefined) return this.#fail('DECODE', 'tag 42 without a well-formed CID')
    return this.#close()
  }

  #simpleOrFloat(info: number, isKey: boolean): boolean {
    if (info > 27)
      return this.#fail('DECODE', info === 31 ? 'a break without a beginning' : 'a reserved head')
    if (info > 24) return this.#float(info, isKey)
    if (info === 24) return this.#longSimple(isKey)
    this.#at += 1
    return this.#simple(info, isKey)
  }

  #longSimple(isKey: boolean): boolean {
    const value = this.#bytes[this.#at + 1]
    if (value === undefined) return this.#fail('DECODE', 'the input ends inside a head')
    if (value < 32) return this.#fail('DECODE', 'a reserved simple value')
    this.#at += 2
    return this.#simple(value, isKey)
  }

  #simple(value: number, isKey: boolean): boolean {
    const isBoolean = value === 20 || value === 21
    if (!isBoolean && value !== 22 && this.#profile.simple === 'plain') {
      return this.#fail('SHAPE', value === 23 ? 'undefined' : `simple value ${value}`)
    }
    if (isKey && this.#profile.keys !== 'any') return this.#fail('SHAPE', 'a key of this kind')
    return this.#close()
  }

  #float(info: number, isKey: boolean): boolean {
    const width = 1 << (info - 24)
    if (this.#at + 1 + width > this.#bytes.length)
      return this.#fail('DECODE', 'the input ends inside a float')
    const view = (this.#view ??= new DataView(this.#bytes.buffer, this.#bytes.byteOffset))
    const isCanonical =
      this.#profile.floats === 'binary64' ? width === 8 : isShortestFloat(view, this.#at + 1, width)
    if (!isCanonical) return this.#fail('CANON', 'a float of the wrong width, or a NaN with a payload')
    if (!this.#isFloatWanted(view, width)) return false
    if (isKey && this.#profile.keys !== 'any') return this.#fail('SHAPE', 'a key of this kind')
    this.#at += 1 + width
    return this.#close()
  }

  /** A profile without floats calls minus zero a second encoding of zero; any other float is a wrong type. */
  #isFloatWanted(view: DataView, width: number): boolean {
    const { floats } = this.#profile
    if (floats === 'core') return true
    if (floats === 'binary64')
      return Number.isFinite(view.getFloat64(this.#at + 1)) || this.#fail('SHAPE', 'a float not finite')
    const isMinusZero = width === 2 && view.getUint16(this.#at + 1) === 0x8000
    return isMinusZero ? this.#fail('CANON', 'minus zero, which is 0') : this.#fail('SHAPE', 'a float')
  }

  #tooDeep(): false {
    return this.#fail('LIMIT', `nested deeper than ${this.#profile.depth}`)
  }

  #fail(code: CborRefusalCode, detail: string): false {
    this.refusal = { code, detail: `${detail}, at byte ${this.#at}` }
    return false
  }
}

/** The smallest argument that needs 1, 2, 4 and 8 bytes. */
const SHORTEST = [24, 0x100, 0x10000, 0x100000000]

function isByteString(initial: number | undefined): initial is number {
  return initial !== undefined && initial >> 5 === 2
}
