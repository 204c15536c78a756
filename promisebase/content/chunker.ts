/**
 * Cuts content where it is like other content, so that the same stretches become the same blocks wherever they
 * stand (spec/content.md, "Chunks"). Whether the content comes octet by octet or at once makes no difference.
 *
 *   h(n) = sum of 2^k · G[octet n-1-k], k = 0 … 31, modulo 2^32     ; of the 32 octets before the cut, no others
 *   cut after n octets, the smallest n of: min ≤ n < normal with h(n) < 2^32 / (4 · normal)
 *                                          normal ≤ n < max with h(n) < 2^32 / (normal / 4)
 *                                          n = max, or the end of the content
 *
 * Cuts are rarer before the normal length and likelier beyond it, so that most chunks are about as long.
 */
import { BLOCK_BYTES_MAX } from '../store-limits.ts'
import { gearTable } from './gear.ts'

/** Lengths of chunks in bytes. Whoever cuts by other lengths shares no chunks with the rest of the world. */
export interface ChunkSizes {
  /** No chunk but the last is shorter; at least 1,024. */
  readonly min: number
  /** About what a chunk has in the mean; a power of two. */
  readonly normal: number
  /** No chunk is longer; at most the length of a block. */
  readonly max: number
}

/**
 * Small enough that a changed byte costs one or two blocks of 64 KiB and that a range is read without much
 * beside it; large enough that names and keys of blocks stay below a thousandth of the content.
 */
export const CHUNK_SIZES: ChunkSizes = { min: 16 * 1024, normal: 64 * 1024, max: 256 * 1024 }

/** Takes content in pieces of any lengths and gives it back in chunks. Chunks are copies, and the receiver's own. */
export interface Chunker {
  /** The chunks that are complete now. */
  push(piece: Uint8Array): Uint8Array[]
  /** What is left, and nothing for empty content; the chunker begins again. */
  end(): Uint8Array | undefined
}

/** A chunker by content. @throws {RangeError} for lengths that the specification does not allow */
export function createChunker(sizes: ChunkSizes = CHUNK_SIZES): Chunker {
  checkSizes(sizes)
  return new PieceChunker(sizes.max, new GearCutter(sizes))
}

/** A chunker that cuts every `length` bytes, as UnixFS does. @throws {RangeError} above the length of a block */
export function createFixedChunker(length: number): Chunker {
  if (!Number.isSafeInteger(length) || length < 1 || length > BLOCK_BYTES_MAX)
    throw new RangeError(`a chunk must have 1 to ${BLOCK_BYTES_MAX} bytes`)
  return new PieceChunker(length, new FixedCutter(length))
}

/** Whether a chunker is one of ours, so that its chunks certainly are nobody else's. */
export function givesOwnChunks(chunker: Chunker): boolean {
  return chunker instanceof PieceChunker
}

/** Finds the ends of chunks, and remembers how far it is in one between two calls. */
interface Cutter {
  /** Where in bytes[start, end) the chunk ends, or -1 when all of them belong to it and it may go on. */
  find(bytes: Uint8Array, start: number, end: number): number
  /** The next byte begins a chunk, as after every end that was found. */
  reset(): void
}

class PieceChunker implements Chunker {
  readonly #max: number
  readonly #cutter: Cutter
  /** The beginning of a chunk that has no end yet. */
  #held = new Uint8Array(0)
  #length = 0

  constructor(max: number, cutter: Cutter) {
    this.#max = max
    this.#cutter = cutter
  }

  push(piece: Uint8Array): Uint8Array[] {
    if (!(piece instanceof Uint8Array)) throw new TypeError('a piece of content must be a Uint8Array')
    const chunks: Uint8Array[] = []
    let start = 0
    for (;;) {
      const cut = this.#cutter.find(piece, start, piece.length)
      if (cut < 0) break
      chunks.push(this.#chunk(piece.subarray(start, cut)))
      start = cut
    }
    this.#hold(piece.subarray(start))
    return chunks
  }

  end(): Uint8Array | undefined {
    this.#cutter.reset()
    return this.#length === 0 ? undefined : this.#chunk(new Uint8Array(0))
  }

  #chunk(rest: Uint8Array): Uint8Array {
    const chunk = new Uint8Array(this.#length + rest.length)
    chunk.set(this.#held.subarray(0, this.#length))
    chunk.set(rest, this.#length)
    this.#length = 0
    return chunk
  }

  #hold(rest: Uint8Array): void {
    const length = this.#length + rest.length
    if (length > this.#held.length) {
      // Short content needs no room for the longest chunk.
      const held = new Uint8Array(Math.min(this.#max, Math.max(length, 2 * this.#held.length)))
      held.set(this.#held.subarray(0, this.#length))
      this.#held = held
    }
    this.#held.set(rest, this.#length)
    this.#length = length
  }
}

class FixedCutter implements Cutter {
  readonly #chunkBytes: number
  #at = 0

  constructor(chunkBytes: number) {
    this.#chunkBytes = chunkBytes
  }

  find(_bytes: Uint8Array, start: number, end: number): number {
    const cut = start + this.#chunkBytes - this.#at
    if (cut > end) {
      this.#at += end - start
      return -1
    }
    this.#at = 0
    return cut
  }

  reset(): void {
    this.#at = 0
  }
}

/** Octets the hash is of: after as many doublings an octet has left the 32 bits. */
const WINDOW = 32
/** How many more bits must be zero before the normal length, and how many fewer beyond it. */
const NORMALISATION_BITS = 2

class GearCutter implements Cutter {
  readonly #sizes: ChunkSizes
  /** The leading bits that are zero at a cut, before the normal length and beyond it. */
  readonly #strict: number
  readonly #loose: number
  readonly #gear = gearTable()
  #at = 0
  #hash = 0

  constructor(sizes: ChunkSizes) {
    const bits = Math.log2(sizes.normal)
    this.#sizes = sizes
    this.#strict = leadingBits(bits + NORMALISATION_BITS)
    this.#loose = leadingBits(bits - NORMALISATION_BITS)
  }

  find(bytes: Uint8Array, start: number, end: number): number {
    const { min, normal, max } = this.#sizes
    const began = this.#at
    /** Where in `bytes` the chunk would be as long as this, or the nearest end of them. */
    const place = (length: number): number => Math.min(end, Math.max(start, start + length - began))
    this.#warmUp(bytes, place(min - WINDOW), place(min - 1))
    const cut = this.#scan(bytes, place(min - 1), place(normal - 1), this.#strict)
    const found = cut < 0 ? this.#scan(bytes, place(normal - 1), place(max), this.#loose) : cut
    if (found >= 0) return this.#cutAt(found)
    const longest = start + max - began
    if (longest <= end) return this.#cutAt(longest)
    this.#at = began + end - start
    return -1
  }

  reset(): void {
    this.#at = 0
    this.#hash = 0
  }

  #cutAt(place: number): number {
    this.reset()
    return place
  }

  /** No cut can be here, but the window of the first possible one begins. */
  #warmUp(bytes: Uint8Array, start: number, end: number): void {
    const gear = this.#gear
    let hash = this.#hash
    for (let at = start; at < end; at++) hash = ((hash << 1) + gear[bytes[at]!]!) | 0
    this.#hash = hash
  }

  #scan(bytes: Uint8Array, start: number, end: number, mask: number): number {
    const gear = this.#gear
    let hash = this.#hash
    for (let at = start; at < end; at++) {
      hash = ((hash << 1) + gear[bytes[at]!]!) | 0
      if ((hash & mask) === 0) return at + 1
    }
    this.#hash = hash
    return -1
  }
}

/** A mask of the first `count` of 32 bits: the last ones know nothing of octets further back. */
function leadingBits(count: number): number {
  return -1 << (32 - count)
}

function checkSizes({ min, normal, max }: ChunkSizes): void {
  const known = [min, normal, max].every((size) => Number.isSafeInteger(size))
  if (!known || min < CHUNK_BYTES_LEAST) throw new RangeError(`min must be at least ${CHUNK_BYTES_LEAST}`)
  if (!Number.isInteger(Math.log2(normal))) throw new RangeError('normal must be a power of two')
  if (min > normal || normal > max) throw new RangeError('min, normal and max must be in this order')
  if (max > BLOCK_BYTES_MAX) throw new RangeError(`max must be at most ${BLOCK_BYTES_MAX}`)
}

/** Shorter chunks cost more to find than to read: trees of them are refused. */
const CHUNK_BYTES_LEAST = 1_024
