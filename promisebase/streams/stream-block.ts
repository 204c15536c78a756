/**
 * How an append-only stream is named by one CID (spec/streams.md, "Blocks"). Entries are packed in groups of 32, full
 * groups in groups of the next level; the head lists what is in no full group yet:
 *
 *   head  = { "size": uint, "length": uint, "levels": [* [* item]], "stream": 1 }   ; dag-cbor
 *   group = [32*32 item]                                                             ; dag-cbor
 *   item  = [CID, size]                     ; levels[0]: an entry; levels[k]: a group of 32^k entries
 *
 * levels[k] has as many items as the digit of 32^k in length, so there is one head for a list of entries, and appending
 * to it writes one block.
 */
import { decodeCbor } from '../cbor/decode.ts'
import { encodeDagCbor } from '../cbor/encode.ts'
import { DAG_CBOR_PROFILE } from '../cbor/profile.ts'
import { CODEC, isCid } from '../cid.ts'
import { shape } from '../content/content-error.ts'
import type { CID } from 'multiformats/cid'
import type { CborValue } from '../cbor/value.ts'
import type { PutBlock } from '../content/block-writer.ts'

/** A head stays at some KiB up to millions of entries, and an entry is found in four or five blocks. */
export const GROUP_ITEMS = 32

/** An entry, or a group of them, and the bytes of content in it. */
export interface StreamItem {
  readonly cid: CID
  readonly size: number
}

export interface StreamHead {
  /** How many entries there are. */
  readonly length: number
  /** Bytes of content in all of them. */
  readonly size: number
  readonly levels: readonly (readonly StreamItem[])[]
}

export const EMPTY_STREAM: StreamHead = { length: 0, size: 0, levels: [] }

/** The head after one more entry; a group that becomes full is put as a block. */
export function withEntry(head: StreamHead, entry: StreamItem, put: PutBlock): StreamHead {
  const levels = head.levels.map((items) => items.slice())
  let item = entry
  for (let level = 0; ; level++) {
    const items = (levels[level] ??= [])
    items.push(item)
    if (items.length < GROUP_ITEMS) break
    levels[level] = []
    item = { cid: put(encodeDagCbor(items.map(plain)), CODEC.dagCbor), size: sizeOf(items) }
  }
  return { length: head.length + 1, size: head.size + entry.size, levels }
}

export function encodeStreamHead({ length, size, levels }: StreamHead): Uint8Array {
  return encodeDagCbor({ stream: 1, length, size, levels: levels.map((items) => items.map(plain)) })
}

/** @throws {ContentError} `SHAPE` */
export function decodeStreamHead(block: Uint8Array): StreamHead {
  const map = decodeCbor(block, DAG_CBOR_PROFILE).ok
  if (!(map instanceof Map) || map.size !== 4 || map.get('stream') !== 1) throw shape('no head of a stream')
  const [length, size, lists] = [map.get('length'), map.get('size'), map.get('levels')]
  if (!isCount(length) || !isCount(size) || !Array.isArray(lists)) throw shape('a stream without its lengths')
  const levels = lists.map(readItems)
  if (sizeOf(levels.flat()) !== size) throw shape('the items of a stream do not have its size')
  if (!hasDigits(length, levels)) throw shape('the items of a stream are not as many as its length says')
  return { length, size, levels }
}

/** The items of a full group. @throws {ContentError} `SHAPE` */
export function decodeGroup(block: Uint8Array, size: number): readonly StreamItem[] {
  const items = readItems(decodeCbor(block, DAG_CBOR_PROFILE).ok)
  if (items.length !== GROUP_ITEMS) throw shape('a group of a stream that is not full')
  if (sizeOf(items) !== size) throw shape('the items of a group do not have its size')
  return items
}

function readItems(value: CborValue | undefined): StreamItem[] {
  if (!Array.isArray(value) || value.length > GROUP_ITEMS) throw shape('no list of a stream')
  return value.map((item) => {
    const [cid, size, ...more] = Array.isArray(item) ? item : []
    if (!isCid(cid) || !isCount(size) || more.length > 0)
      throw shape('an item of a stream is no CID and size')
    return { cid, size }
  })
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

/** Whether the levels have as many items as the digits of the length, the last of them not zero. */
function hasDigits(length: number, levels: readonly (readonly unknown[])[]): boolean {
  let left = length
  for (const items of levels) {
    if (left === 0 || items.length !== left % GROUP_ITEMS) return false
    left = Math.floor(left / GROUP_ITEMS)
  }
  return left === 0
}

function sizeOf(items: readonly StreamItem[]): number {
  return items.reduce((sum, { size }) => sum + size, 0)
}

function plain({ cid, size }: StreamItem): [CID, number] {
  return [cid, size]
}
