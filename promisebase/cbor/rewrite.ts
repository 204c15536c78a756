/**
 * Well-formed CBOR to the one deterministic encoding of the same item: shortest heads, definite lengths, sorted
 * keys, shortest floats. For what others have written in another way and we only look at: a strict scan of
 * the result follows, and judges keys that occur twice, text, tags and links. Bytes inside a byte string stay
 * as they are, so whatever was signed in one is still what was signed.
 */
import { encodeCbor } from './encode.ts'
import { halfToNumber } from './float.ts'
import { isUtf8 } from './utf8.ts'
import { CborFloat } from './value.ts'
import type { CborProfile } from './profile.ts'
import type { CborRefusalCode, CborResult } from './scan.ts'

/**
 * The deterministic encoding of the one item in `bytes`. Bounds and well-formedness are judged here, the rest
 * by the profile that the result is decoded with. Bignums are not rewritten.
 */
export function rewriteCbor(bytes: Uint8Array, profile: CborProfile): CborResult<Uint8Array> {
  if (bytes.length > profile.maxBytes)
    return { refused: { code: 'LIMIT', detail: `${bytes.length} bytes are more than ${profile.maxBytes}` } }
  try {
    const rewriter = new Rewriter(bytes, profile)
    return { ok: rewriter.whole() }
  } catch (cause) {
    if (cause instanceof Malformed) return { refused: { code: cause.code, detail: cause.message } }
    throw cause
  }
}

/** Thrown and caught in this file alone. */
class Malformed extends Error {
  readonly code: CborRefusalCode

  constructor(code: CborRefusalCode, detail: string) {
    super(detail)
    this.code = code
  }
}

const INDEFINITE = 31
const BREAK = 0xff

class Rewriter {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #profile: CborProfile
  #at = 0
  #items = 0

  constructor(bytes: Uint8Array, profile: CborProfile) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#profile = profile
  }

  whole(): Uint8Array {
    const item = this.#item(0)
    if (this.#at !== this.#bytes.length) throw this.#malformed('bytes follow the item')
    return item
  }

  #item(depth: number): Uint8Array {
    this.#countItem()
    const initial = this.#byte()
    const [major, info] = [initial >> 5, initial & 0x1f]
    if (major === 7) return this.#simpleOrFloat(initial, info)
    if (info === INDEFINITE) return this.#indefinite(major, depth)
    const argument = this.#argument(info)
    if (major < 2) return head(major, argument)
    if (major < 4) return concat([head(major, argument), this.#take(argument)])
    if (depth >= this.#profile.depth)
      throw new Malformed('LIMIT', `nested deeper than ${this.#profile.depth}`)
    if (major === 6) return concat([head(6, argument), this.#item(depth + 1)])
    const count = this.#count(argument)
    return major === 4 ? this.#array(count, depth) : this.#map(count, depth)
  }

  #countItem(): void {
    this.#items++
    if (this.#items > this.#profile.items)
      throw new Malformed('LIMIT', `more than ${this.#profile.items} items`)
  }

  #array(count: number, depth: number): Uint8Array {
    const items: Uint8Array[] = []
    while (items.length < count && !this.#ends(count)) items.push(this.#item(depth + 1))
    return concat([head(4, BigInt(items.length)), ...items])
  }

  #map(count: number, depth: number): Uint8Array {
    const entries: (readonly [Uint8Array, Uint8Array])[] = []
    while (entries.length < count && !this.#ends(count))
      entries.push([this.#item(depth + 1), this.#item(depth + 1)])
    entries.sort(([a], [b]) => compareBytes(a, b))
    return concat([head(5, BigInt(entries.length)), ...entries.flat()])
  }

  /** A container without a length is one of endless length that a break cuts short. */
  #indefinite(major: number, depth: number): Uint8Array {
    if (major < 2 || major === 6) throw this.#malformed('a reserved head')
    if (major < 4) return this.#chunks(major)
    if (depth >= this.#profile.depth)
      throw new Malformed('LIMIT', `nested deeper than ${this.#profile.depth}`)
    return major === 4 ? this.#array(Infinity, depth) : this.#map(Infinity, depth)
  }

  #chunks(major: number): Uint8Array {
    const chunks: Uint8Array[] = []
    while (!this.#ends(Infinity)) {
      // A chunk is an item of its own: a string of empty ones costs more than its length.
      this.#countItem()
      const initial = this.#byte()
      if (initial >> 5 !== major || (initial & 0x1f) === INDEFINITE)
        throw this.#malformed('a chunk of another kind')
      const chunk = this.#take(this.#argument(initial & 0x1f))
      if (major === 3 && !isUtf8(chunk, 0, chunk.length)) throw this.#malformed('text is not UTF-8')
      chunks.push(chunk)
    }
    const content = concat(chunks)
    return concat([head(major, BigInt(content.length)), content])
  }

  /** Whether a break stands here, where one may; it is taken then. */
  #ends(count: number): boolean {
    if (count !== Infinity || this.#bytes[this.#at] !== BREAK) return false
    this.#at++
    return true
  }

  #simpleOrFloat(initial: number, info: number): Uint8Array {
    if (info < 24) return Uint8Array.of(initial)
    if (info === 24) return this.#longSimple()
    if (info > 27) throw this.#malformed(info === INDEFINITE ? 'a lone break' : 'a reserved head')
    const start = this.#at
    this.#take(1n << BigInt(info - 24))
    if (info === 25) return encodeCbor(new CborFloat(halfToNumber(this.#view.getUint16(start))))
    return encodeCbor(
      new CborFloat(info === 26 ? this.#view.getFloat32(start) : this.#view.getFloat64(start)),
    )
  }

  #longSimple(): Uint8Array {
    const value = this.#byte()
    if (value < 32) throw this.#malformed('a reserved simple value')
    return Uint8Array.of(0xf8, value)
  }

  #argument(info: number): bigint {
    if (info < 24) return BigInt(info)
    if (info > 27) throw this.#malformed('a reserved head')
    let value = 0n
    for (const byte of this.#take(1n << BigInt(info - 24))) value = (value << 8n) | BigInt(byte)
    return value
  }

  /** A claimed count is held against the bound before anything is read for it. */
  #count(claimed: bigint): number {
    if (claimed > BigInt(this.#profile.items))
      throw new Malformed('LIMIT', `more than ${this.#profile.items} items`)
    return Number(claimed)
  }

  #byte(): number {
    return this.#take(1n)[0] as number
  }

  #take(length: bigint): Uint8Array {
    if (length > BigInt(this.#bytes.length - this.#at)) throw this.#malformed('the input ends early')
    const start = this.#at
    this.#at += Number(length)
    return this.#bytes.subarray(start, this.#at)
  }

  #malformed(detail: string): Malformed {
    return new Malformed('DECODE', `${detail}, at byte ${this.#at}`)
  }
}

function head(major: number, argument: bigint): Uint8Array {
  const bytes = encodeCbor(argument)
  bytes[0] = (bytes[0] as number) | (major << 5)
  return bytes
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const common = Math.min(a.length, b.length)
  for (let index = 0; index < common; index++) {
    const difference = (a[index] as number) - (b[index] as number)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
