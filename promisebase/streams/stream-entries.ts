/** The entries a head of a stream names, found without reading what is before them. */
import { blockOf } from '../content/block-source.ts'
import { readContentStream } from '../content/read-stream.ts'
import { decodeGroup, decodeStreamHead, GROUP_ITEMS } from './stream-block.ts'
import type { CID } from 'multiformats/cid'
import type { BlockSource } from '../content/block-source.ts'
import type { StreamHead, StreamItem } from './stream-block.ts'

/** One entry of a stream. Its content may be long: take it as a stream by `readContentStream(store, entry.cid)`. */
export interface StreamEntry {
  /** How many entries are before it. */
  readonly position: number
  /** How many bytes of content are before it. */
  readonly offset: number
  readonly size: number
  readonly cid: CID
  /**
   * All of its content; 1 MiB at most unless `bytesMax` says otherwise.
   * @throws {ContentError} `LIMIT`, `MISSING`, `SHAPE` @throws {StoreError} `CORRUPT`
   */
  bytes(bytesMax?: number): Promise<Uint8Array>
}

/** First position, and the first one after the stretch. */
export interface PositionRange {
  readonly from?: number
  readonly to?: number
}

const BYTES_MAX = 1024 * 1024

/** What a head says. @throws {ContentError} `MISSING`, `SHAPE` @throws {StoreError} `CORRUPT` */
export async function openStreamHead(source: BlockSource, head: CID): Promise<StreamHead> {
  return decodeStreamHead(await blockOf(source, head))
}

/**
 * The entries of a stretch in order. From a store each block is read at its own moment, so that a slow reader holds
 * nothing open.
 * @throws {ContentError} `MISSING`, `SHAPE` @throws {StoreError} `CORRUPT`
 */
export async function* streamEntries(
  source: BlockSource,
  { levels, length }: StreamHead,
  { from = 0, to = length }: PositionRange = {},
): AsyncGenerator<StreamEntry, void, undefined> {
  let [position, offset] = [0, 0]
  for (let level = levels.length - 1; level >= 0; level--) {
    const items = levels[level]!
    yield* entriesOf({ source, from, to }, items, { level, position, offset })
    position += items.length * GROUP_ITEMS ** level
    offset += items.reduce((sum, { size }) => sum + size, 0)
  }
}

/** The position of the entry that holds the byte at `offset`; the length of the stream when none does. */
export async function positionAtOffset(
  source: BlockSource,
  head: StreamHead,
  offset: number,
): Promise<number> {
  let [position, left] = [0, offset]
  for (let level = head.levels.length - 1; level >= 0; level--) {
    let items = head.levels[level]!
    for (let depth = level; ; depth--) {
      const { index, before } = itemAt(items, left)
      position += index * GROUP_ITEMS ** depth
      left -= before
      const item = items[index]
      if (item === undefined) break
      if (depth === 0) return position
      items = decodeGroup(await blockOf(source, item.cid), item.size)
    }
  }
  return position
}

/** Which item holds the byte at `offset`, one behind the last when none does, and how many bytes are before it. */
function itemAt(
  items: readonly StreamItem[],
  offset: number,
): { readonly index: number; readonly before: number } {
  let before = 0
  let index = 0
  while (index < items.length && before + items[index]!.size <= offset) before += items[index++]!.size
  return { index, before }
}

interface Reading {
  readonly source: BlockSource
  readonly from: number
  readonly to: number
}

/** Where a list of items begins, and how high it is. */
interface Place {
  readonly level: number
  readonly position: number
  readonly offset: number
}

async function* entriesOf(
  reading: Reading,
  items: readonly StreamItem[],
  { level, ...start }: Place,
): AsyncGenerator<StreamEntry, void, undefined> {
  const { source, from, to } = reading
  let { position, offset } = start
  for (const { cid, size } of items) {
    if (position >= to) return
    const next = position + GROUP_ITEMS ** level
    if (next > from) {
      if (level === 0) yield entry(source, { cid, size }, position, offset)
      else {
        const group = decodeGroup(await blockOf(source, cid), size)
        yield* entriesOf(reading, group, { level: level - 1, position, offset })
      }
    }
    position = next
    offset += size
  }
}

function entry(
  source: BlockSource,
  { cid, size }: StreamItem,
  position: number,
  offset: number,
): StreamEntry {
  return { position, offset, size, cid, bytes: (bytesMax = BYTES_MAX) => bytesOf(source, cid, bytesMax) }
}

async function bytesOf(source: BlockSource, cid: CID, bytesMax: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  for await (const piece of readContentStream(source, cid, { bytesMax })) pieces.push(piece)
  const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const piece of pieces) {
    bytes.set(piece, at)
    at += piece.length
  }
  return bytes
}
