/**
 * Content of any length as blocks (spec/promisebase.md, "Trees"): up to one block's length it is a raw block;
 * longer content is cut into raw blocks, and a tree block lists them in order.
 *
 *   tree block = dag-cbor { "size": uint, "tree": 1, "parts": [+ CID] }   ; exactly these keys
 *
 * Parts may have any length but none, so that content can be cut where it is like other content. A reader
 * must not expect the lengths that this writer chooses.
 */
import { decodeCbor } from './cbor/decode.ts'
import { encodeDagCbor } from './cbor/encode.ts'
import { DAG_CBOR_PROFILE } from './cbor/profile.ts'
import { checkCid, CODEC, isCid } from './cid.ts'
import { BLOCK_BYTES_MAX } from './store-limits.ts'
import type { CID } from 'multiformats/cid'
import type { CborMap, CborValue } from './cbor/value.ts'
import type { Result, Snapshot, Transaction } from './interface.ts'

/** A block that is not here, content above the bound, or a tree that is not what it says. */
export type ContentRefusal = 'MISSING' | 'LIMIT' | 'SHAPE'

const TREE_VERSION = 1
/** Parts of a few bytes each would cost more to find than to read. */
const PART_BYTES_MEAN = 1_024
const SMALL_PARTS_MAX = 64

/** Stages content and answers the CID under which {@link readContent} finds it. */
export function storeContent(transaction: Pick<Transaction, 'putBlock'>, bytes: Uint8Array): CID {
  if (bytes.length <= BLOCK_BYTES_MAX) return transaction.putBlock(bytes)
  const parts: CID[] = []
  for (let at = 0; at < bytes.length; at += BLOCK_BYTES_MAX) {
    parts.push(transaction.putBlock(bytes.subarray(at, at + BLOCK_BYTES_MAX)))
  }
  const tree = encodeDagCbor({ size: bytes.length, tree: TREE_VERSION, parts })
  return transaction.putBlock(tree, CODEC.dagCbor)
}

/** Content that was found and measured, not read yet. */
export interface OpenContent {
  readonly size: number
  /** @throws {StoreError} `CORRUPT` */
  read(): Promise<Result<Uint8Array, ContentRefusal>>
}

/**
 * The content a CID names: the parts of a tree joined, any other block as it is. Nothing above `bytesMax` is
 * read or allocated for a tree.
 * @throws {StoreError} `CORRUPT`
 */
export async function readContent(
  snapshot: Pick<Snapshot, 'getBlock'>,
  cid: CID,
  bytesMax: number,
): Promise<Result<Uint8Array, ContentRefusal>> {
  const content = await openContent(snapshot, cid, bytesMax)
  return content.refused === undefined ? content.ok.read() : content
}

/**
 * Finds content and makes sure of all its parts, one at a time: however long it is, no more than a part is in
 * memory before it is read.
 * @throws {StoreError} `CORRUPT`
 */
export async function openContent(
  snapshot: Pick<Snapshot, 'getBlock'>,
  cid: CID,
  bytesMax: number,
): Promise<Result<OpenContent, ContentRefusal>> {
  const block = await snapshot.getBlock(cid)
  if (block === undefined) return refuse('MISSING', `block ${cid} is not here`)
  const map = cid.code === CODEC.dagCbor ? treeMap(block) : undefined
  if (map === undefined) {
    if (block.length > bytesMax) return tooLong(block.length, bytesMax)
    return { ok: { size: block.length, read: async () => ({ ok: block }) } }
  }
  const tree = parseTree(map)
  if (tree.refused) return tree
  const { size } = tree.ok
  if (size > bytesMax) return tooLong(size, bytesMax)
  const whole = await eachPart(snapshot, tree.ok, () => undefined)
  return whole.refused === undefined ? { ok: { size, read: () => joinParts(snapshot, tree.ok) } } : whole
}

/** Whether a dag-cbor block is a tree block, of this version or another one. */
export function isTreeBlock(bytes: Uint8Array): boolean {
  return treeMap(bytes) !== undefined
}

interface Tree {
  readonly size: number
  readonly parts: readonly CID[]
}

/** First byte of a map with three entries: everything else need not be decoded. */
const MAP_OF_THREE = 0xa3

function treeMap(bytes: Uint8Array): CborMap | undefined {
  if (bytes[0] !== MAP_OF_THREE) return undefined
  const value = decodeCbor(bytes, DAG_CBOR_PROFILE).ok
  if (!(value instanceof Map)) return undefined
  return value.has('size') && value.has('tree') && value.has('parts') ? value : undefined
}

function parseTree(map: CborMap): Result<Tree, ContentRefusal> {
  const [version, size, parts] = [map.get('tree'), map.get('size'), map.get('parts')]
  if (version !== TREE_VERSION) return refuse('SHAPE', 'a tree of another version')
  if (typeof size !== 'number' || size < 1)
    return refuse('SHAPE', 'the size of a tree is not a positive integer')
  if (!Array.isArray(parts) || parts.length === 0) return refuse('SHAPE', 'a tree has no parts')
  if (!parts.every(isPart)) return refuse('SHAPE', 'a part of a tree is not a raw block')
  if (parts.length > SMALL_PARTS_MAX + size / PART_BYTES_MEAN)
    return refuse('SHAPE', `${parts.length} parts are too many for ${size} bytes`)
  // Before a byte is allocated: so many parts could not have this size.
  if (size < parts.length || size > parts.length * BLOCK_BYTES_MAX) {
    return refuse('SHAPE', `${parts.length} parts cannot be ${size} bytes`)
  }
  return { ok: { size, parts } }
}

function isPart(value: CborValue): value is CID {
  return isCid(value) && checkCid(value, { codecs: [CODEC.raw] }).refused === undefined
}

async function joinParts(
  snapshot: Pick<Snapshot, 'getBlock'>,
  tree: Tree,
): Promise<Result<Uint8Array, ContentRefusal>> {
  const content = new Uint8Array(tree.size)
  const whole = await eachPart(snapshot, tree, (part, at) => content.set(part, at))
  return whole.refused === undefined ? { ok: content } : whole
}

/** Visits the parts in order; each must be here and hold something, and together they must have the size. */
async function eachPart(
  snapshot: Pick<Snapshot, 'getBlock'>,
  { size, parts }: Tree,
  visit: (part: Uint8Array, at: number) => void,
): Promise<Result<true, ContentRefusal>> {
  let length = 0
  for (const cid of parts) {
    const part = await snapshot.getBlock(cid)
    if (part === undefined) return refuse('MISSING', `block ${cid} is not here`)
    if (part.length === 0) return refuse('SHAPE', 'a part of a tree is empty')
    if (part.length > size - length) return refuse('SHAPE', 'the parts of a tree are longer than its size')
    visit(part, length)
    length += part.length
  }
  return length === size ? { ok: true } : refuse('SHAPE', 'the parts of a tree are shorter than its size')
}

function tooLong(length: number, most: number): Result<never, ContentRefusal> {
  return refuse('LIMIT', `${length} bytes, ${most} are allowed`)
}

function refuse(
  code: ContentRefusal,
  detail: string,
): { readonly refused: { code: ContentRefusal; detail: string } } {
  return { refused: { code, detail } }
}
