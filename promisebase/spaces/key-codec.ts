/**
 * Keys of typed spaces as octets whose order is that of the values (spec/spaces.md, "Keys"):
 *
 *   text    = UTF-8                          ; in the order of code points
 *   bytes   = *OCTET
 *   uint    = 8OCTET                         ; 0 … 2^53-1, big-endian
 *   bigint  = sign-length magnitude          ; any integer of up to 1,000 octets
 *   tuple   = *element                       ; a shorter tuple before a longer one it begins
 *
 *   sign-length = 2OCTET                     ; %x8000 plus the length of the magnitude, minus it for negative numbers
 *   magnitude   = *OCTET                     ; big-endian without leading zeros, all bits inverted for negative numbers
 *   element     = uint / bigint / tuple-end / escaped
 *   escaped     = *( %x01-FF / %x00 %xFF ) %x00 %x01     ; text and bytes, each 00 as 00 FF
 */
import { ownBytes } from '../own-bytes.ts'

/** How values of one type become keys in their order. */
export interface KeyCodec<Key> {
  readonly name: string
  /** @throws {TypeError} {RangeError} for what is no such key */
  encode(key: Key): Uint8Array
  /** @throws {RangeError} for octets that {@link encode} does not give */
  decode(bytes: Uint8Array): Key
  /** Encodes the first elements of a key, for bounds and prefixes; absent where there are no elements. */
  encodePart?(part: readonly unknown[]): Uint8Array
  /** How many of these octets, from `start` on, are a key by themselves; absent when only the end can tell. */
  length?(bytes: Uint8Array, start: number): number
}

const SIGN = 0x8000
/** A key has at most 1,024 octets. */
const MAGNITUDE_BYTES_MAX = 1_000

const utf8 = new TextEncoder()
const utf8Decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Text in the order of its code points, which is not that of JavaScript for characters beyond U+FFFF. */
const text: KeyCodec<string> = {
  name: 'text',
  encode(key) {
    if (typeof key !== 'string') throw new TypeError('the key must be a string')
    // Half a surrogate pair would become U+FFFD: two keys would be one.
    if (/\p{Surrogate}/u.test(key)) throw new TypeError('the key must be well-formed Unicode')
    return utf8.encode(key)
  },
  decode(bytes) {
    try {
      return utf8Decoder.decode(bytes)
    } catch (cause) {
      throw new RangeError('a key is no UTF-8', { cause })
    }
  },
}

const bytes: KeyCodec<Uint8Array> = {
  name: 'bytes',
  encode(key) {
    if (!(key instanceof Uint8Array)) throw new TypeError('the key must be a Uint8Array')
    return ownBytes(key)
  },
  decode: (bytes) => bytes.slice(),
}

const uint: KeyCodec<number> = {
  name: 'uint',
  encode(key) {
    if (typeof key !== 'number') throw new TypeError('the key must be a number')
    if (!Number.isSafeInteger(key) || key < 0)
      throw new RangeError('the key must be an integer from 0 to 2^53-1')
    const bytes = new Uint8Array(8)
    const view = new DataView(bytes.buffer)
    view.setUint32(0, Math.floor(key / 2 ** 32))
    view.setUint32(4, key >>> 0)
    return bytes
  },
  decode(bytes) {
    if (bytes.length !== 8) throw new RangeError('a key is no uint')
    const view = new DataView(bytes.buffer, bytes.byteOffset, 8)
    const key = view.getUint32(0) * 2 ** 32 + view.getUint32(4)
    if (!Number.isSafeInteger(key)) throw new RangeError('a key is above 2^53-1')
    return key
  },
  length: () => 8,
}

const bigint: KeyCodec<bigint> = {
  name: 'bigint',
  encode(key) {
    if (typeof key !== 'bigint') throw new TypeError('the key must be a bigint')
    const magnitude = magnitudeOf(key < 0n ? -key : key)
    if (magnitude.length > MAGNITUDE_BYTES_MAX)
      throw new RangeError(`the key must have at most ${MAGNITUDE_BYTES_MAX} octets`)
    const head = key < 0n ? SIGN - magnitude.length : SIGN + magnitude.length
    return Uint8Array.of(
      head >>> 8,
      head & 0xff,
      ...(key < 0n ? magnitude.map((octet) => ~octet) : magnitude),
    )
  },
  decode(bytes) {
    const head = headOf(bytes, 0)
    const isNegative = head < SIGN
    const octets = bytes.subarray(2)
    const magnitude = isNegative ? octets.map((octet) => ~octet) : octets
    if (octets.length !== Math.abs(head - SIGN) || octets.length > MAGNITUDE_BYTES_MAX || magnitude[0] === 0)
      throw new RangeError('a key is no bigint')
    const value = magnitude.length === 0 ? 0n : BigInt(`0x${hexOf(magnitude)}`)
    return isNegative ? -value : value
  },
  length: (bytes, start) => 2 + Math.abs(headOf(bytes, start) - SIGN),
}

type Codecs<Keys extends readonly unknown[]> = { readonly [Index in keyof Keys]: KeyCodec<Keys[Index]> }

/** A tuple that may lack its last elements: what bounds and prefixes of a scan are given as. */
export type PartOfTuple<Keys extends readonly unknown[]> = Keys extends readonly [...infer Fewer, unknown]
  ? Keys | PartOfTuple<readonly [...Fewer]>
  : Keys

/** What a scan is bounded by. */
export type KeyBound<Key> = Key extends readonly unknown[] ? PartOfTuple<Key> : Key

/**
 * Several keys as one, ordered by the first, then by the second. In bounds and prefixes the last ones may be left
 * out: the encoding of the first elements begins that of the whole.
 */
function tuple<const Keys extends readonly unknown[]>(...codecs: Codecs<Keys>): KeyCodec<Keys> {
  const list = codecs as readonly KeyCodec<unknown>[]
  return {
    name: `tuple of ${list.map(({ name }) => name).join(', ')}`,
    encode(key) {
      if (!Array.isArray(key) || key.length !== list.length)
        throw new TypeError(`the key must be an array of ${list.length}`)
      return encodeElements(list, key)
    },
    encodePart(part) {
      if (!Array.isArray(part) || part.length > list.length)
        throw new TypeError(`the bound must be an array of at most ${list.length}`)
      return encodeElements(list, part)
    },
    decode(bytes) {
      const ends = endsOf(list, bytes, 0)
      if (ends.at(-1)?.end !== bytes.length && !(list.length === 0 && bytes.length === 0))
        throw new RangeError('a key is no tuple of this type')
      const elements = ends.map(({ start, end }, index) =>
        decodeElement(list[index]!, bytes.subarray(start, end)),
      )
      return elements as unknown as Keys
    },
    length: (bytes, start) => (endsOf(list, bytes, start).at(-1)?.end ?? start) - start,
  }
}

/** The codecs of keys: each keeps the order of its values. */
export const KEY = { text, bytes, uint, bigint, tuple } as const

// ------------------------------------------------------------------------------------------------ parts

/** A key as an element of a tuple: it ends by itself, and keeps its order whatever follows. */
export function elementOf<Key>(codec: KeyCodec<Key>, element: Key): Uint8Array {
  const bytes = codec.encode(element)
  return codec.length === undefined ? escaped(bytes) : bytes
}

/** Where the element that begins the octets ends. @throws {RangeError} */
export function endOfElement(codec: Pick<KeyCodec<never>, 'length'>, bytes: Uint8Array, start = 0): number {
  const end = start + (codec.length?.(bytes, start) ?? escapedLength(bytes, start))
  if (end > bytes.length) throw new RangeError('a tuple is cut short')
  return end
}

function encodeElements(codecs: readonly KeyCodec<unknown>[], elements: readonly unknown[]): Uint8Array {
  return joined(elements.map((element, index) => elementOf(codecs[index]!, element)))
}

/** Where a bound of a scan lies: a key, or the first elements of one. */
export function encodeBound<Key>(codec: KeyCodec<Key>, bound: KeyBound<Key>): Uint8Array {
  return codec.encodePart?.(bound as readonly unknown[]) ?? codec.encode(bound as Key)
}

export function decodeElement<Key>(codec: KeyCodec<Key>, bytes: Uint8Array): Key {
  return codec.decode(codec.length === undefined ? unescaped(bytes) : bytes)
}

function escaped(bytes: Uint8Array): Uint8Array {
  const out: number[] = []
  for (const octet of bytes) {
    out.push(octet)
    if (octet === 0) out.push(0xff)
  }
  return Uint8Array.of(...out, 0x00, 0x01)
}

function unescaped(bytes: Uint8Array): Uint8Array {
  const out: number[] = []
  for (let at = 0; at < bytes.length - 2; at++) {
    out.push(bytes[at]!)
    if (bytes[at] === 0) at++
  }
  return Uint8Array.from(out)
}

/** Where each element begins and ends. @throws {RangeError} when there are fewer */
function endsOf(codecs: readonly KeyCodec<unknown>[], bytes: Uint8Array, start: number) {
  let end = start
  return codecs.map((codec) => {
    const begin = end
    end = endOfElement(codec, bytes, begin)
    return { start: begin, end }
  })
}

function escapedLength(bytes: Uint8Array, start: number): number {
  for (let at = start; at + 1 < bytes.length; at++) {
    if (bytes[at] !== 0) continue
    if (bytes[++at] === 0x01) return at + 1 - start
    if (bytes[at] !== 0xff) break
  }
  throw new RangeError('an element of a tuple has no end')
}

function headOf(bytes: Uint8Array, start: number): number {
  if (bytes.length < start + 2) throw new RangeError('a bigint is cut short')
  return bytes[start]! * 256 + bytes[start + 1]!
}

function magnitudeOf(value: bigint): Uint8Array {
  if (value === 0n) return new Uint8Array(0)
  const hex = value.toString(16)
  const even = hex.length % 2 === 0 ? hex : `0${hex}`
  return Uint8Array.from({ length: even.length / 2 }, (_, at) => parseInt(even.slice(2 * at, 2 * at + 2), 16))
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (octet) => octet.toString(16).padStart(2, '0')).join('')
}

export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}
