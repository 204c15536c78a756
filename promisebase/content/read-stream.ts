/** Content of any length out of a store, verified chunk by chunk, from any byte on. */
import { CODEC } from '../cid.ts'
import { blockOf } from './block-source.ts'
import { cut, readBranch } from './branch.ts'
import { tooLong } from './content-error.ts'
import { treeOf } from './tree-block.ts'
import { unixfsOf } from './unixfs-block.ts'
import type { CID } from 'multiformats/cid'
import type { BlockSource } from './block-source.ts'
import type { Branch } from './branch.ts'

/** How far a long reading or writing is. */
export interface ContentProgress {
  /** Bytes read or written so far. */
  readonly bytes: number
  /** Bytes in all, where they are known. */
  readonly total?: number
}

/** What is read of content, and how much at most. */
export interface ReadOptions {
  /** First byte that is read; 0 by default. Behind the end there is nothing. */
  readonly offset?: number
  /** How many bytes at most; up to the end by default. */
  readonly length?: number
  /** More than so many bytes are refused before one of them is read. */
  readonly bytesMax?: number
  readonly signal?: AbortSignal
  /** Told after each piece that was taken. */
  readonly onProgress?: (progress: ContentProgress) => void
}

/**
 * The bytes of the content a CID names, in pieces: a tree of either version, a file of UnixFS, or any
 * other block as it is. Only
 * blocks that hold some of the wanted bytes are read. From a store each block is read at its own moment, so a slow
 * reader holds nothing open; from a snapshot all of them at the same.
 * @throws {ContentError} `MISSING`, `LIMIT`, `SHAPE`, in the middle too @throws {StoreError} `CORRUPT`
 * @throws {RangeError} for an offset or length that is none; the reason of the signal
 */
export function readContentStream(
  source: BlockSource,
  cid: CID,
  options: ReadOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  for (const name of ['offset', 'length', 'bytesMax'] as const) checkCount(name, options[name])
  return read(source, cid, options)
}

async function* read(
  source: BlockSource,
  cid: CID,
  { offset = 0, length = Infinity, bytesMax = Infinity, signal, onProgress }: ReadOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  signal?.throwIfAborted()
  const content = await contentOf(source, cid)
  const size = content instanceof Uint8Array ? content.length : content.size
  const stretch = { from: Math.min(offset, size), to: Math.min(offset + length, size) }
  const total = Math.max(0, stretch.to - stretch.from)
  if (total > bytesMax) throw tooLong(total, bytesMax)
  if (total === 0) return
  let bytes = 0
  const pieces =
    content instanceof Uint8Array ? cut(content, 0, stretch) : readBranch(source, content, stretch)
  for await (const piece of pieces) {
    signal?.throwIfAborted()
    yield piece
    bytes += piece.length
    onProgress?.({ bytes, total })
  }
}

/** A root that was read: its branch, or the whole content. */
async function contentOf(source: BlockSource, cid: CID): Promise<Uint8Array | Branch> {
  const block = await blockOf(source, cid)
  if (cid.code === CODEC.dagPb) return unixfsOf(block)
  return (cid.code === CODEC.dagCbor ? treeOf(block) : undefined) ?? block
}

function checkCount(name: string, value: number | undefined): void {
  if (value !== undefined && !(value >= 0 && (Number.isSafeInteger(value) || value === Infinity)))
    throw new RangeError(`${name} must be a count of bytes`)
}
