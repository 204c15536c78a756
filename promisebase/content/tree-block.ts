/**
 * Tree blocks: content as a list of parts (spec/content.md, "Trees"). A dag-cbor block is one exactly if it is a map
 * with these three keys.
 *
 *   version 1   { "size": uint, "tree": 1, "parts": [+ CID] }             ; each part a raw block
 *   version 2   { "size": uint, "tree": 2, "parts": [1*1024 [CID, size]] } ; all raw blocks, or all tree blocks
 *
 * The parts of version 2 have their sizes, so that a byte is found without reading what is before it, and their
 * number is bounded, so that content of any length has one. All branches but the last of each level are full, so
 * that there is one tree for a list of chunks.
 */
import { decodeCbor } from '../cbor/decode.ts'
import { encodeDagCbor } from '../cbor/encode.ts'
import { DAG_CBOR_PROFILE } from '../cbor/profile.ts'
import { checkCid, CODEC, isCid } from '../cid.ts'
import { BLOCK_BYTES_MAX } from '../store-limits.ts'
import { shape } from './content-error.ts'
import type { CID } from 'multiformats/cid'
import type { CborMap, CborValue } from '../cbor/value.ts'
import type { Branch, Part } from './branch.ts'

/** Parts of one branch of version 2: some 50 KiB, and 64 MiB of content with chunks as they usually are. */
export const TREE_PARTS_MAX = 1_024
/** Branches above one another; four levels hold 2^40 parts. */
const TREE_DEPTH_MAX = 4

/** Parts of a few bytes each would cost more to find than to read. */
const PART_BYTES_MEAN = 1_024
const SMALL_PARTS_MAX = 64

/** A part whose size is known. */
export interface SizedPart extends Part {
  readonly size: number
}

/** Whether a dag-cbor block is a tree block, of these versions or another one. */
export function isTreeBlock(bytes: Uint8Array): boolean {
  return treeMap(bytes) !== undefined
}

/** Version 1, for content that others name by how it is cut. */
export function encodeFlatTree(size: number, parts: readonly CID[]): Uint8Array {
  return encodeDagCbor({ size, tree: 1, parts })
}

/** One branch of a tree of version 2. */
export function encodeTreeBranch(parts: readonly SizedPart[]): Uint8Array {
  return encodeDagCbor({ size: sizeOf(parts), tree: 2, parts: parts.map(({ cid, size }) => [cid, size]) })
}

export function sizeOf(parts: readonly SizedPart[]): number {
  return parts.reduce((sum, { size }) => sum + size, 0)
}

/** The tree whose root these bytes are; undefined when they are no tree block. @throws {ContentError} `SHAPE` */
export function treeOf(block: Uint8Array): Branch | undefined {
  const map = treeMap(block)
  if (map === undefined) return undefined
  const tree = readTree(map)
  if (tree.version === 1) return new FlatTree(tree)
  if (tree.parts.length === 1) throw shape('a tree of one part')
  return new TreeBranch(tree, { depth: 1, isLast: true, leaves: {} })
}

interface Tree {
  readonly version: 1 | 2
  readonly size: number
  readonly parts: readonly Part[]
}

/** First byte of a map with three entries: everything else need not be decoded. */
const MAP_OF_THREE = 0xa3

function treeMap(bytes: Uint8Array): CborMap | undefined {
  if (bytes[0] !== MAP_OF_THREE) return undefined
  const value = decodeCbor(bytes, DAG_CBOR_PROFILE).ok
  if (!(value instanceof Map)) return undefined
  return value.has('size') && value.has('tree') && value.has('parts') ? value : undefined
}

function readTree(map: CborMap): Tree {
  const [version, size, items] = [map.get('tree'), map.get('size'), map.get('parts')]
  if (version !== 1 && version !== 2) throw shape('a tree of another version')
  if (!isPositive(size)) throw shape('the size of a tree is not a positive integer')
  if (!Array.isArray(items) || items.length === 0) throw shape('a tree has no parts')
  const parts = version === 1 ? items.map(flatPart) : sizedParts(items, size)
  if (parts.length > SMALL_PARTS_MAX + size / PART_BYTES_MEAN)
    throw shape(`${parts.length} parts are too many for ${size} bytes`)
  // Before a byte is allocated: so many parts could not have this size.
  if (version === 1 && (size < parts.length || size > parts.length * BLOCK_BYTES_MAX))
    throw shape(`${parts.length} parts cannot be ${size} bytes`)
  return { version, size, parts }
}

function isPositive(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0
}

function flatPart(value: CborValue): Part {
  if (!isBlockCid(value, CODEC.raw)) throw shape('a part of a tree is not a raw block')
  return { cid: value, size: undefined }
}

function sizedParts(items: readonly CborValue[], size: number): SizedPart[] {
  if (items.length > TREE_PARTS_MAX) throw shape(`a branch of ${items.length} parts`)
  const parts = items.map(sizedPart)
  if (parts.some(({ cid }) => cid.code !== parts[0]?.cid.code)) throw shape('chunks beside branches')
  if (sizeOf(parts) !== size) throw shape('the parts of a tree do not have its size')
  return parts
}

function sizedPart(value: CborValue): SizedPart {
  const [cid, size, ...more] = Array.isArray(value) ? value : []
  if (more.length > 0 || !(isBlockCid(cid, CODEC.raw) || isBlockCid(cid, CODEC.dagCbor)))
    throw shape('a part of a tree is not a block and its size')
  if (!isPositive(size) || (cid.code === CODEC.raw && size > BLOCK_BYTES_MAX))
    throw shape('a part of a tree has no size that it can have')
  return { cid, size }
}

function isBlockCid(value: CborValue | undefined, codec: number): value is CID {
  return isCid(value) && checkCid(value, { codecs: [codec] }).refused === undefined
}

/** Version 1: how long its parts are is only known when they are read, from the first one on. */
class FlatTree implements Branch {
  readonly size: number
  readonly parts: readonly Part[]
  #length = 0

  constructor({ size, parts }: Tree) {
    this.size = size
    this.parts = parts
  }

  open(block: Uint8Array, index: number): Uint8Array {
    if (block.length === 0) throw shape('a part of a tree is empty')
    this.#length += block.length
    if (this.#length > this.size) throw shape('the parts of a tree are longer than its size')
    if (index === this.parts.length - 1 && this.#length < this.size)
      throw shape('the parts of a tree are shorter than its size')
    return block
  }
}

/** Where a branch is in its tree. */
interface Place {
  /** 1 for the root. */
  readonly depth: number
  /** Whether no branch of its level comes after it. */
  readonly isLast: boolean
  /** At which depth the first chunk was, which is where all of them must be. */
  readonly leaves: { depth?: number }
}

class TreeBranch implements Branch {
  readonly size: number
  readonly parts: readonly Part[]
  readonly #place: Place

  constructor({ size, parts }: Tree, place: Place) {
    this.size = size
    this.parts = parts
    this.#place = place
  }

  open(block: Uint8Array, index: number): Uint8Array | Branch {
    const part = this.parts[index]!
    const content = part.cid.code === CODEC.raw ? this.#chunk(block) : this.#branch(block, index)
    const size = content instanceof Uint8Array ? content.length : content.size
    if (size !== part.size) throw shape(`a part of a tree has ${size} bytes, not ${part.size}`)
    return content
  }

  #chunk(block: Uint8Array): Uint8Array {
    const { depth, leaves } = this.#place
    leaves.depth ??= depth
    if (leaves.depth !== depth) throw shape('a tree with chunks at two depths')
    return block
  }

  #branch(block: Uint8Array, index: number): Branch {
    const { depth, isLast, leaves } = this.#place
    if (depth === TREE_DEPTH_MAX) throw shape(`a tree deeper than ${TREE_DEPTH_MAX}`)
    const map = treeMap(block)
    if (map === undefined) throw shape('a part of a tree is neither a chunk nor a branch')
    const tree = readTree(map)
    if (tree.version !== 2) throw shape('a tree of version 1 as part of a tree')
    const isLastOfLevel = isLast && index === this.parts.length - 1
    if (!isLastOfLevel && tree.parts.length < TREE_PARTS_MAX)
      throw shape('a branch before others is not full')
    return new TreeBranch(tree, { depth: depth + 1, isLast: isLastOfLevel, leaves })
  }
}
